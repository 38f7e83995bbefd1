/** One work over the list, with the ones before and after it. */

/**
 * @param {import("genonaut/gallery").Gallery} gallery
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {}
