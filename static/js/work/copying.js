/** Buttons that copy a text of the work that they stand in. */

const SHOWN_MS = 2_500;

/** @param {HTMLElement} area @param {AbortSignal} signal */
export function start(area, signal) {
  area.addEventListener("click", async ({ target }) => {
    const button = target.closest("[data-copy]");
    if (button === null) return;
    const work = button.closest(".work");
    const text = work.querySelector(`[data-text="${button.dataset.copy}"]`).textContent;
    const isCopied = await copy(text, button);
    showStatus(work.querySelector("[data-copied]"), isCopied ? "Copied" : "The browser did not let it be copied");
  }, { signal });
}

/** @returns {Promise<boolean>} whether the clipboard holds the text */
async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByCommand(text, button); // without https there is no clipboard, or it was refused
  }
}

function copyByCommand(text, button) {
  const field = document.createElement("textarea");
  field.className = "visually-hidden";
  field.value = text;
  button.after(field); // outside an open dialog it could not have the focus
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  button.focus();
  return isCopied;
}

/** Shows a text for a while: shown again it is another text, which is read out again. */
function showStatus(status, text) {
  const line = document.createElement("span");
  line.textContent = text;
  status.replaceChildren(line);
  setTimeout(() => line.remove(), SHOWN_MS);
}
