/** The whole list along one rail: its dates, how many items each has, and the way to any of them. */

/**
 * @param {import("genonaut/gallery").Gallery} gallery
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {}
