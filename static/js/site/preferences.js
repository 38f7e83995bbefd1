/** What this browser remembers of how its reader wants the site. */

/**
 * Returns what is remembered, changed first if there is a value. A browser may refuse to keep anything.
 * @param {string} name
 * @param {string} [value]
 * @returns {string | null} null if nothing is
 */
export function preference(name, value) {
  try {
    if (value !== undefined) localStorage.setItem(name, value);
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
