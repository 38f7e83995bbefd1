/**
 * The two spacers that stand for the pages above and below those that live, and the scroll position that goes with them.
 *
 * Pages stay where they are seen: whatever is put in above takes its height from the spacer there. Only where that is too
 * low does the scroll position move too, in the same task: it would end the momentum of a finger or wheel.
 */

// Browsers lay out in such parts of a pixel.
const LAYOUT_UNIT = 1 / 64;

export class Spacers {
  #heights = { above: 0, below: 0 };
  above = spacer();
  below = spacer();

  /** The height of the spacer above, in CSS pixels. */
  get height() {
    return this.#heights.above;
  }

  /**
   * Changes the spacer above, whatever that moves; one below nothing becomes nothing.
   * @param {number} height
   */
  setAbove(height) {
    this.#set("above", height);
  }

  /** @param {number} height of the spacer below */
  setBelow(height) {
    this.#set("below", height);
  }

  /**
   * Gives of the spacer above what pages there have grown by, so that what follows stays.
   * @param {number} growth in pixels; negative where they have shrunk
   */
  give(growth) {
    const rest = this.height - growth;
    this.setAbove(rest);
    if (rest < 0) window.scrollBy({ top: -rest, behavior: "instant" });
  }

  /**
   * Changes the spacer above and the scroll position by the same, so that what follows stays.
   * @param {number} height what the spacer is to be; a fraction of a pixel may remain
   * @param {HTMLElement} landmark an element that follows
   */
  move(height, landmark) {
    // Above the document's top there is nothing to scroll to: what the spacer has too much is left for another time.
    const change = Math.max(Math.round(height - this.height), -Math.floor(window.scrollY));
    if (change === 0) return;
    const before = landmark.getBoundingClientRect().top;
    // In this order the document is never too short for where it is scrolled to.
    if (change > 0) this.setAbove(this.height + change);
    window.scrollBy({ top: change, behavior: "instant" });
    if (change < 0) this.setAbove(this.height + change);
    this.hold(landmark, before);
  }

  /**
   * Brings an element back to where it was by the spacer above alone: scrolling knows whole pixels only.
   * @param {HTMLElement} landmark
   * @param {number} top
   */
  hold(landmark, top) {
    const error = landmark.getBoundingClientRect().top - top;
    if (Math.abs(error) < 1) this.setAbove(this.height - error);
  }

  #set(side, height) {
    const rounded = Math.max(0, Math.round(height / LAYOUT_UNIT) * LAYOUT_UNIT);
    if (rounded === this.#heights[side]) return;
    this.#heights[side] = rounded;
    this[side].style.blockSize = `${rounded}px`;
  }
}

function spacer() {
  const element = document.createElement("div");
  element.className = "scroll__spacer";
  return element;
}
