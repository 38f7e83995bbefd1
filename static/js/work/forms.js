/** The forms of a work that htmx sends: stars that a click gives. */

import { start as startRefusals } from "genonaut/site/refusals";

/** @param {HTMLElement} area @param {AbortSignal} signal */
export function start(area, signal) {
  area.addEventListener("click", giveStars, { signal });
  startRefusals();
}

/** Gives the stars that a pointer chose. Keys only move among them, which clicks as well: Enter or the button gives. */
function giveStars({ target, detail: clicks }) {
  if (clicks > 0 && target.matches(".stars [type=radio]")) target.form.closest("[hx-post]")?.requestSubmit();
}
