/** Files that are dropped anywhere on the site, by who is signed in. The rest of what uploads need loads with the first. */

import { say } from "genonaut/site/message";

/** A picture of the page itself that is dragged says that it is a file as well. */
let isOurs = false;

/** Takes what is dropped on the page from now on. */
export function start() {
  addEventListener("dragstart", () => { isOurs = true; });
  addEventListener("dragend", () => { isOurs = false; });
  for (const kind of ["dragenter", "dragover"]) addEventListener(kind, invite);
  addEventListener("dragleave", ({ relatedTarget }) => { if (relatedTarget === null) withdraw(); });
  addEventListener("drop", drop);
  document.addEventListener("submit", submit);
}

/** @param {DragEvent} event @returns {boolean} whether files of the reader's machine are dragged */
function holdsFiles({ dataTransfer }) {
  return !isOurs && dataTransfer !== null && dataTransfer.types.includes("Files");
}

/** @param {DragEvent} event */
function invite(event) {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
  document.body.classList.add("is-dropping");
}

function withdraw() {
  document.body.classList.remove("is-dropping");
}

/** @param {DragEvent} event */
async function drop(event) {
  withdraw();
  if (!holdsFiles(event)) return;
  event.preventDefault();
  // They are gone once this event is over.
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile());
  const parts = await loaded(import("genonaut/upload/folders"), import("genonaut/upload/panel"));
  if (parts === null) return;
  const [{ filesOf }, { offer }] = parts;
  offer(await filesOf(entries));
}

/** Sends the files of the page's form in pieces, so that they may be paused and resumed. @param {SubmitEvent} event */
async function submit(event) {
  const { target: form } = event;
  if (!form.matches(".upload-form")) return;
  event.preventDefault();
  const parts = await loaded(import("genonaut/upload/panel"));
  parts?.[0].send(form);
}

/** Waits for modules, and says if they do not come. @param {...Promise<object>} modules @returns {Promise<object[] | null>} */
async function loaded(...modules) {
  try {
    return await Promise.all(modules);
  } catch {
    say("The site cannot be reached.");
    return null;
  }
}
