/** Who looks: what one person has seen is not for the next one, who signs in or out in another tab or while this one sleeps. */

import { ours } from "genonaut/site/addresses";
import { preference } from "genonaut/site/preferences";

const KEY = ours("genonaut.viewer");

/** Who this document was made for: empty for an anonymous reader. */
export const viewer = document.body.dataset.viewer ?? "";

/** Broadcasts to the other documents of this browser who looks now. */
export function broadcastViewer() {
  preference(KEY, viewer);
}

/**
 * Reloads this document, and so forgets all pages that it has read, once another reader looks.
 * @param {() => void} hide takes from the screen what the other is not to see meanwhile
 */
export function reloadForOthers(hide) {
  const compare = (latest) => {
    if ((latest ?? "") === viewer) return;
    hide();
    location.reload();
  };
  addEventListener("storage", ({ key, newValue }) => key === KEY && compare(newValue));
  addEventListener("pageshow", ({ persisted }) => persisted && compare(preference(KEY)));
}
