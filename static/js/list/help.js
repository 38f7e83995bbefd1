/** The list of keys: a dialog that a button or a key opens, with the choice whether keys that are characters mean anything. */

import { CHARACTER_KEYS } from "genonaut/site/input";
import { preference } from "genonaut/site/preferences";

/** Makes it work. @param {AbortSignal} signal @returns {HTMLDialogElement} */
export function start(signal) {
  const dialog = document.getElementById("keys");
  const button = document.querySelector("[data-keys]");
  const box = dialog.querySelector("input");
  button.hidden = false;
  dialog.querySelector("button:not([type])").autofocus = true; // in the markup it would ask the page for its focus
  button.addEventListener("click", () => dialog.showModal(), { signal });
  box.checked = preference(CHARACTER_KEYS) !== "off";
  box.addEventListener("change", () => preference(CHARACTER_KEYS, box.checked ? "on" : "off"), { signal });
  return dialog;
}
