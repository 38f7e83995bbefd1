/** The parts of a form of actions: a field, and the buttons that take their value from it. */

import { reasonOf } from "genonaut/site/failures";

/** Where the form is; of an album's list it offers that album first. */
const { bar: address } = document.body.dataset;
const LONGEST_MS = 5_000;

/**
 * Reads the form's markup.
 * @param {AbortSignal} signal
 * @returns {Promise<{html: string, reason: string}>} `reason`: why it did not come, empty if it did
 */
export async function readForm(signal) {
  let status = 0;
  const { album } = document.querySelector("[data-select]")?.dataset ?? {};
  try {
    const response = await fetch(album === undefined ? address : `${address}?album=${album}`, { signal: AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]) });
    if (response.ok) return { html: await response.text(), reason: "" };
    ({ status } = response);
  } catch {
    // No answer came, or not in time.
  }
  return { html: "", reason: reasonOf(status) };
}

/** Has Enter in a field press the button beside it: by itself it presses the first of the form. @param {HTMLFormElement} form */
export function startEnter(form) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.matches("input, select")) return;
    event.preventDefault();
    event.target.closest(".selection__part")?.querySelector("button").click();
  });
}
