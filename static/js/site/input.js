/** Keys and clicks: which of them a script may take from the browser and from fields. */

import { preference } from "genonaut/site/preferences";

/** The preference that switches keys that are characters off. */
export const CHARACTER_KEYS = "genonaut.keys";
/** What has a use of its own for keys. */
const FIELDS = "input, textarea, select, audio, video, [contenteditable], [role=slider]";

/**
 * @param {KeyboardEvent} event
 * @param {HTMLDialogElement | null} inside a dialog that may be open, or about to be
 * @returns {string | null} the key, if no other element takes it and it is no character that is switched off
 */
export function keyOf(event, inside = null) {
  const { key } = event;
  const isCharacter = key.length === 1;
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.target.closest?.(FIELDS) || (isCharacter ? preference(CHARACTER_KEYS) === "off" : event.shiftKey)) return null;
  return document.querySelector("dialog:modal, dialog[inert]") === inside ? key : null;
}

/** Whether a click means this window, not another. @param {MouseEvent} event */
export function isPlain(event) {
  return event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
}
