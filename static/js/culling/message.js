/** What culling says: over the list, the open work or the one that fills the screen. It stays until it is closed. */

/** One for all lists of the document: the next says what became of what was sent from the one before. */
const element = document.createElement("div");
element.className = "said";
element.setAttribute("role", "status");

export class Message {
  #dialog;
  #area;

  /** @param {HTMLDialogElement} dialog of the open work @param {AbortSignal} signal */
  constructor(dialog, signal) {
    this.#dialog = dialog;
    this.#area = dialog.querySelector("[data-work]");
    const follow = () => element.hasChildNodes() && this.#place();
    document.addEventListener("fullscreenchange", follow, { signal });
    this.#area.addEventListener("workshown", follow, { signal }); // also once the last one is gone
  }

  /** @param {string} text @param {(() => void) | null} undo takes it back */
  say(text, undo = null) {
    const hadFocus = element.contains(document.activeElement);
    const words = document.createElement("span");
    words.textContent = text;
    const close = button("button--plain", () => this.#close());
    close.ariaLabel = "Close this message";
    close.append(this.#dialog.querySelector('[data-turn="0"] svg').cloneNode(true));
    element.replaceChildren(words, close);
    if (undo !== null) {
      const back = button("button--quiet", undo, { once: true });
      back.textContent = "Undo";
      words.after(back);
    }
    this.#place();
    if (hadFocus) close.focus();
  }

  /** Puts it where it can be seen. */
  #place() {
    const home = this.#dialog.open ? document.fullscreenElement ?? this.#dialog : document.body;
    if (element.parentElement !== home) home.append(element);
  }

  #close() {
    element.remove();
    element.replaceChildren();
    (this.#dialog.open ? this.#area : document.getElementById("works"))?.focus({ preventScroll: true });
  }
}

/** @returns {HTMLButtonElement} */
function button(look, act, options) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `button ${look}`;
  made.addEventListener("click", act, options);
  return made;
}
