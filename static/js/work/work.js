/** What script adds to a work, on its own page and in the lightbox; it loads when one is there. */

import { isPlain } from "genonaut/site/input";
import { start as startCopying } from "genonaut/work/copying";
import { start as startDrafts } from "genonaut/work/drafts";
import { start as startForms } from "genonaut/work/forms";
import { start as startStage } from "genonaut/work/stage";

/**
 * @param {HTMLElement} area
 * @param {AbortSignal} signal
 * @param {HTMLDialogElement | null} dialog
 */
export function start(area, signal, dialog = null) {
  startStage(area, signal, dialog);
  startCopying(area, signal);
  startForms(area, signal);
  if (dialog !== null) startDrafts(area, signal, dialog);
  area.addEventListener("click", reveal, { signal });
  area.setAttribute("data-ready", ""); // the buttons of script show from here on
}

/** Shows a work that is blurred, in place of its page without the veil. @param {MouseEvent} event */
function reveal(event) {
  const veil = event.target.closest("[data-reveal]")?.closest("[data-veil]");
  if (!veil || !isPlain(event)) return;
  event.preventDefault();
  const work = veil.nextElementSibling;
  work.inert = false;
  work.classList.remove("work__veiled");
  veil.remove();
  work.tabIndex = -1; // the link that had the focus is gone
  work.focus({ preventScroll: true });
}
