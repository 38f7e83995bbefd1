/** How fast a reader scrolls, in pages a second: downwards is positive. */

const SMOOTHING_MS = 250;
// A first move after a rest has taken no longer than this.
const LONGEST_MS = 100;
// What is left of the speed of a reader who has stopped: the direction.
const LEAST = 0.01;

export class Velocity {
  speed = 0;
  #time = -Infinity;
  #position = 0;

  /**
   * Notes where the reader is.
   * @param {number} time in milliseconds
   * @param {number} position in pages
   */
  note(time, position) {
    const passed = Math.min(Math.max(time - this.#time, 1), LONGEST_MS);
    const speed = (1000 * (position - this.#position)) / passed;
    this.speed += (speed - this.speed) * (1 - Math.exp(-passed / SMOOTHING_MS));
    this.jump(time, position);
  }

  /** Notes that the reader is elsewhere without having scrolled there. */
  jump(time, position) {
    this.#time = time;
    this.#position = position;
  }

  /** The reader has stopped, and is likely to go on in the same direction. */
  stop() {
    this.speed = this.speed < 0 ? -LEAST : LEAST;
  }
}
