/** What the page cache does, in figures, for who wants to see. */

/**
 * @param {import("genonaut/gallery").Gallery} gallery
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {}
