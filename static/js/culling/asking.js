/** A small dialog for what an action needs, as a tag or an album: in the list, and over an open work. */

import { readForm, startEnter } from "genonaut/culling/parts";

/**
 * Asks for the value of an action.
 * @param {string} heading
 * @param {string[]} fields the names of the fields that are asked for, as far as the viewer has them
 * @param {(action: string, fields: Record<string, string>) => void} send called once, unless the dialog is only closed
 * @param {AbortSignal} signal
 * @returns {Promise<string>} why it could not be asked, empty if it was
 */
export async function ask(heading, fields, send, signal) {
  const { html, reason } = await readForm(signal);
  const bar = document.createElement("template");
  bar.innerHTML = html;
  if (reason || signal.aborted || document.querySelector(".ask")) return reason;
  const parts = [...bar.content.querySelectorAll(".selection__part")];
  open(heading, parts.filter((part) => fields.includes(part.querySelector("input, select")?.name)), send, signal);
  return "";
}

function open(heading, parts, send, signal) {
  const dialog = document.createElement("dialog");
  dialog.className = "ask";
  dialog.setAttribute("closedby", "any");
  dialog.innerHTML = '<form><h2 id="ask-title"></h2><button class="button button--quiet" type="button">Close</button></form>';
  dialog.setAttribute("aria-labelledby", "ask-title");
  dialog.querySelector("h2").textContent = heading;
  dialog.querySelector("h2").after(...parts);
  for (const note of dialog.querySelectorAll("small")) note.remove(); // of all works of a query
  const form = dialog.querySelector("form");
  startEnter(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    dialog.close();
    send(event.submitter.value, Object.fromEntries(new FormData(form)));
  });
  form.lastElementChild.addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", (event) => event.stopPropagation()); // no key here means the list, or the open work
  dialog.addEventListener("close", () => dialog.remove());
  document.getElementById("lightbox").addEventListener("close", () => dialog.close(), { signal });
  signal.addEventListener("abort", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
