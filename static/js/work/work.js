/** What script adds to a work, on its own page and in the lightbox; it loads when one is there. */

import { start as startCopying } from "genonaut/work/copying";
import { start as startStage } from "genonaut/work/stage";

/**
 * @param {HTMLElement} area
 * @param {AbortSignal} signal
 * @param {HTMLDialogElement | null} dialog
 */
export function start(area, signal, dialog = null) {
  startStage(area, signal, dialog);
  startCopying(area, signal);
  area.setAttribute("data-ready", ""); // the buttons of script show from here on
}
