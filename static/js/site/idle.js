/** Waiting: for the browser, and by the clock. */

/**
 * Waits until the browser has painted and has nothing better to do.
 * @param {number} timeout in milliseconds: the longest wait
 */
export function idle(timeout) {
  return new Promise((resolve) => {
    if ("requestIdleCallback" in window) requestIdleCallback(resolve, { timeout });
    else setTimeout(resolve, Math.min(timeout, 50));
  });
}

/**
 * Waits for so long.
 * @param {number} ms
 */
export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
