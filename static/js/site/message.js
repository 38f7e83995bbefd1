/** What is said of what was done, or was not: over the page, the open work or the one that fills the screen, until it is closed. */

/** One for all lists of the document: the next says what became of what was sent from the one before. */
const element = document.createElement("div");
element.className = "said";
element.setAttribute("role", "status");

/** Where a work opens, on pages with a list. @type {HTMLDialogElement | null} */
const dialog = document.getElementById("lightbox");
const area = dialog?.querySelector("[data-work]");

/** @param {string} text @param {(() => void) | null} undo takes it back */
export function say(text, undo = null) {
  const hadFocus = element.contains(document.activeElement);
  const words = document.createElement("span");
  words.textContent = text;
  const close = button("button--plain", end);
  close.ariaLabel = "Close this message";
  close.append(dialog?.querySelector('[data-turn="0"] svg').cloneNode(true) ?? "×");
  element.replaceChildren(words, close);
  if (undo !== null) {
    const back = button("button--quiet", undo, { once: true });
    back.textContent = "Undo";
    words.after(back);
  }
  place();
  if (hadFocus) close.focus();
}

/** Puts it where it can be seen. */
function place() {
  const home = dialog?.open ? document.fullscreenElement ?? dialog : document.body;
  if (element.parentElement !== home) home.append(element);
}

function end() {
  element.remove();
  element.replaceChildren();
  (dialog?.open ? area : document.getElementById("works"))?.focus({ preventScroll: true });
}

/** @returns {HTMLButtonElement} */
function button(look, act, options) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `button ${look}`;
  made.addEventListener("click", act, options);
  return made;
}

const follow = () => element.hasChildNodes() && place();
document.addEventListener("fullscreenchange", follow);
area?.addEventListener("workshown", follow); // also once the last one is gone
