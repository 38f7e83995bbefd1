/** Who looks: what one person has seen is not for the next one, who signs in or out in another tab or while this one sleeps. */

const KEY = "genonaut.viewer";

/** Who this document was made for: empty for nobody known. */
export const viewer = document.body.dataset.viewer ?? "";

/** Tells the other documents of this browser who looks now. */
export function tellViewer() {
  try {
    localStorage.setItem(KEY, viewer);
  } catch {
    // Whoever blocks storage has each document look for itself.
  }
}

/**
 * Reloads this document, and so forgets all pages that it has read, once somebody else looks.
 * @param {() => void} hide takes from the screen what the other is not to see meanwhile
 */
export function leaveToOthers(hide) {
  const leave = () => {
    hide();
    location.reload();
  };
  addEventListener("storage", ({ key, newValue }) => key === KEY && newValue !== viewer && leave());
  addEventListener("pageshow", ({ persisted }) => persisted && latest() !== viewer && leave());
}

function latest() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
