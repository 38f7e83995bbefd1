/** The forms of a work that htmx sends: stars that a click gives, likes that lists hear of. */

import { broadcast } from "genonaut/site/channel";
import { start as startRefusals } from "genonaut/site/refusals";

/** @param {HTMLElement} area @param {AbortSignal} signal */
export function start(area, signal) {
  area.addEventListener("click", giveStars, { signal });
  area.addEventListener("htmx:afterSwap", broadcastLike, { signal });
  startRefusals();
}

/** Gives the stars that a pointer chose. Keys only move among them, which clicks as well: Enter or the button gives. */
function giveStars({ target, detail: clicks }) {
  if (clicks > 0 && target.matches(".stars [type=radio]")) target.form.closest("[hx-post]")?.requestSubmit();
}

/** Tells the lists of all tabs, this one's too, of a like that was saved. */
function broadcastLike({ target }) {
  const button = target.querySelector("form.mark > [id^=like-]");
  if (button === null) return;
  broadcast({ kind: "marks", id: Number(button.id.slice("like-".length)), liked: button.ariaPressed === "true" });
}
