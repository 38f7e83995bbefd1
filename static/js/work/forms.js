/** The forms of a work that htmx sends: stars that a click gives, and what is said beside a form that could not be sent. */

import { reasonOf } from "genonaut/site/failures";

/** What a form saves, by the end of its address. */
const NOUNS = { like: "like", bookmark: "bookmark", rate: "rating", comments: "comment" };

/** @param {HTMLElement} area @param {AbortSignal} signal */
export function start(area, signal) {
  area.addEventListener("click", giveStars, { signal });
  for (const kind of ["htmx:responseError", "htmx:sendError"]) area.addEventListener(kind, tell, { signal });
}

/** Gives the stars that a pointer chose. Keys only move among them, which clicks as well: Enter or the button gives. */
function giveStars({ target, detail: clicks }) {
  if (clicks > 0 && target.matches(".stars [type=radio]")) target.form.closest("[hx-post]")?.requestSubmit();
}

/** Says beside a form why what it sent was not saved. @param {CustomEvent} event of htmx */
function tell({ target, detail }) {
  if (!target.matches("form")) return;
  const noun = NOUNS[detail.pathInfo.finalRequestPath.split("/").at(-2)] ?? "change";
  const message = document.createElement("div");
  message.className = "errors";
  message.setAttribute("role", "alert");
  message.append(document.createElement("p"));
  message.firstChild.textContent = `Your ${noun} could not be saved: ${reasonOf(detail.xhr.status)}.`;
  target.querySelector(":scope > .errors")?.remove();
  target.append(message);
  if (noun === "rating") target.reset(); // to the stars that the site has
}
