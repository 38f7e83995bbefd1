/** Swipes of one finger to the left and right, which CSS leaves to us (touch-action); all else is the browser's. */

// The browser's own gestures begin at the window's edges.
const EDGE = 24;
const SLOP = 10;
// A turn takes a quarter of the window, or a quick stroke: so many pixels, pixels a millisecond.
const SHARE = 0.25;
const STROKE = 32;
const SPEED = 0.35;

/** Recognizes swipes in an area; an element follows the finger. */
export class Swipe {
  #followerOf;
  #turn;
  #moves = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  /** @type {{x: number, y: number, follower: HTMLElement, time: number, distance: number, isSure: boolean} | null} */
  #present = null;

  /**
   * @param {HTMLElement} area
   * @param {AbortSignal} signal
   * @param {object} options
   * @param {(target: Element) => HTMLElement | null} options.followerOf the element that follows a finger which begins on
   *   another; null if no swipe may begin there
   * @param {(direction: 1 | -1) => void} options.turn to the next one (1) for a swipe to the left
   */
  constructor(area, signal, { followerOf, turn }) {
    this.#followerOf = followerOf;
    this.#turn = turn;
    area.addEventListener("pointerdown", (event) => this.#begin(event), { signal });
    area.addEventListener("pointermove", (event) => this.#move(event), { signal });
    area.addEventListener("pointerup", (event) => this.#end(event), { signal });
    area.addEventListener("pointercancel", () => this.#cancel(), { signal });
  }

  /** @param {PointerEvent} event */
  #begin(event) {
    if (this.#present !== null) return this.#cancel(); // a second finger
    const { clientX: x, clientY: y, timeStamp: time } = event;
    const follower = this.#followerOf(event.target);
    if (event.pointerType !== "touch" || follower === null || x < EDGE || x > innerWidth - EDGE) return;
    if (visualViewport.scale < 1.01) this.#present = { x, y, follower, time, distance: 0, isSure: false };
  }

  /** @param {PointerEvent} event */
  #move({ clientX, clientY }) {
    const swipe = this.#present;
    if (swipe === null) return;
    const distance = clientX - swipe.x;
    const isUpright = Math.abs(clientY - swipe.y) > Math.max(SLOP, Math.abs(distance));
    if (!getSelection().isCollapsed || (!swipe.isSure && isUpright)) return this.#cancel();
    swipe.isSure ||= Math.abs(distance) > SLOP;
    if (!swipe.isSure) return;
    swipe.distance = distance;
    if (this.#moves) swipe.follower.style.translate = `${distance}px`;
  }

  /** @param {PointerEvent} event */
  #end({ timeStamp }) {
    if (this.#present === null) return;
    const { distance, time } = this.#present;
    this.#cancel();
    const length = Math.abs(distance);
    const isStroke = length >= STROKE && length >= SPEED * (timeStamp - time);
    if (isStroke || length >= SHARE * innerWidth) this.#turn(distance < 0 ? 1 : -1);
  }

  /** Ends the swipe, and brings the element back. */
  #cancel() {
    const { follower, distance } = this.#present ?? {};
    this.#present = null;
    if (!distance || !this.#moves) return;
    follower.style.translate = "";
    follower.animate({ translate: [`${distance}px`, "0px"] }, { duration: 160, easing: "ease-out" });
  }
}
