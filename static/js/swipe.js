/** Swipes of one finger to the left and right, which CSS leaves to us (touch-action); all else is the browser's. */

// The browser's own gestures begin at the window's edges.
const EDGE = 24;
const SLOP = 10;
// A turn takes a quarter of the window, or a quick stroke: so many pixels, pixels a millisecond.
const SHARE = 0.25;
const STROKE = 32;
const SPEED = 0.35;

/**
 * Turns the numbered pages of a list.
 * @param {import("genonaut/gallery").Gallery} gallery
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {
  if (gallery.viewName !== "numbers") return;
  onSwipe(gallery.list, signal, (target) => target.closest("section.page"), (direction) => gallery.turn(direction));
}

/**
 * @param {HTMLElement} area
 * @param {AbortSignal} signal
 * @param {(target: Element) => Element | null} followerOf what follows a finger from an element on; null if nothing may
 * @param {(direction: 1 | -1) => void} turn to the next one (1) for a swipe to the left
 */
export function onSwipe(area, signal, followerOf, turn) {
  const moves = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  let swipe = null;

  const listeners = {
    pointerdown(event) {
      if (swipe !== null) return listeners.pointercancel(); // a second finger
      const { clientX: x, clientY: y } = event;
      const follower = followerOf(event.target);
      if (event.pointerType !== "touch" || follower === null || x < EDGE || x > innerWidth - EDGE) return;
      if (visualViewport.scale < 1.01) swipe = { x, y, follower, time: event.timeStamp, distance: 0, isSure: false };
    },
    pointermove({ clientX, clientY }) {
      if (swipe === null) return;
      const distance = clientX - swipe.x;
      const isUpright = Math.abs(clientY - swipe.y) > Math.max(SLOP, Math.abs(distance));
      if (!getSelection().isCollapsed || (!swipe.isSure && isUpright)) return listeners.pointercancel();
      swipe.isSure ||= Math.abs(distance) > SLOP;
      if (!swipe.isSure) return;
      swipe.distance = distance;
      if (moves) swipe.follower.style.translate = `${distance}px`;
    },
    pointerup(event) {
      const { distance, time } = swipe ?? { distance: 0 };
      const way = Math.abs(distance);
      listeners.pointercancel();
      const isStroke = way >= STROKE && way >= SPEED * (event.timeStamp - time);
      if (isStroke || way >= SHARE * innerWidth) turn(distance < 0 ? 1 : -1);
    },
    pointercancel() {
      const { follower, distance } = swipe ?? {};
      swipe = null;
      if (!distance || !moves) return;
      follower.style.translate = "";
      follower.animate({ translate: [`${distance}px`, "0px"] }, { duration: 160, easing: "ease-out" });
    },
  };
  for (const [kind, listener] of Object.entries(listeners)) area.addEventListener(kind, listener, { signal });
}
