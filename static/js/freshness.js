/** Keeps what is shown up to date: what came since, what changed here or in another tab. */

/**
 * @param {import("genonaut/gallery").Gallery} gallery
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {}
