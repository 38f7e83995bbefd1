/** The keyboard: pages, cards, search, help. */

/**
 * @param {import("genonaut/gallery").Gallery} gallery
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {}
