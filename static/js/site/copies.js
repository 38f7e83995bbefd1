/** Buttons that copy what a field of the page holds. They are shown where script runs. */

const SHOWN_MS = 2_500;

/** @param {HTMLButtonElement} button */
function start(button) {
  const field = document.getElementById(button.dataset.copies);
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  button.after(status);
  button.hidden = false;
  button.addEventListener("click", async () => {
    const line = document.createElement("span"); // another each time: it is read out again
    line.textContent = (await copy(field)) ? "Copied" : "The browser did not let it be copied";
    status.replaceChildren(line);
    setTimeout(() => line.remove(), SHOWN_MS);
  });
}

/** @param {HTMLInputElement | HTMLTextAreaElement} field @returns {Promise<boolean>} whether the clipboard holds it */
async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    field.select(); // without https there is no clipboard, or it was refused
    return document.execCommand("copy");
  }
}

for (const button of document.querySelectorAll("[data-copies]")) start(button);
