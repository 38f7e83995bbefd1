/** What is said beside a form that htmx could not send. It loads before it is needed: without a connection it could not. */

import { reasonOf } from "genonaut/site/failures";

/** What the form of a work saves, by the end of its address. */
const NOUNS = { like: "like", bookmark: "bookmark", rate: "rating", comments: "comment" };

/** Begins to say it for all forms of the document; done twice it is done once. */
export function start() {
  for (const kind of ["htmx:responseError", "htmx:sendError"]) document.addEventListener(kind, tell);
}

/** Says in a form why what it sent was not done. @param {CustomEvent} event of htmx */
function tell({ target, detail }) {
  const form = target.closest("form[hx-post]");
  if (form === null) return;
  const noun = NOUNS[detail.pathInfo.finalRequestPath.split("/").at(-2)];
  const failed = noun === undefined ? "That could not be done" : `Your ${noun} could not be saved`;
  const message = document.createElement("div");
  message.className = "errors";
  message.setAttribute("role", "alert");
  message.append(document.createElement("p"));
  message.firstChild.textContent = `${failed}: ${reasonOf(detail.xhr.status)}.`;
  form.querySelector(":scope > .errors")?.remove();
  form.append(message);
  if (noun === "rating") form.reset(); // to the stars that the site has
}
