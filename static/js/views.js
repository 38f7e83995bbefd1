/** The choice between numbered pages and endless scroll. */

/**
 * @param {import("genonaut/gallery").Gallery} gallery
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {}
