/**
 * The arithmetic of a list that scrolls: which of its pages live in the document, and how high the spacers are that stand
 * for the others. Nothing here knows a document: pages are indexes, offsets are pixels down from the upper edge of what
 * the reader sees.
 */

/** So many pages live at most, unless they are so low that the window shows more at once. */
export const MOST_LIVE = 5;
/** A spacer stands for so many pages at most, and is at most so high: Chromium cuts documents off at 16.8 million px. */
export const SPREAD = 100;
export const HIGHEST_SPACER = 4_000_000;
// Windows' heights within which pages are made ready, in the direction of travel and behind.
const AHEAD = 2;
const BEHIND = 1;
// A spacer half as high as so many pages is in the way of who scrolls on, if there are more.
const LEAST_ROOM = 3;

/**
 * @typedef {object} Sight where things are at present
 * @property {number} top of the first live page
 * @property {number} bottom of the last one
 * @property {number} start of the spacer above
 * @property {number} end of the spacer below
 * @property {number} height of what the reader sees
 * @property {boolean} isFlying the reader drags the scrollbar, or has asked for an end of the list
 */

/**
 * @typedef {object} Run pages that are to live
 * @property {number} first
 * @property {number} last
 * @property {number} top where the first of them begins
 * @property {boolean} isFlight whether none of the live pages is near: the reader has dragged the scrollbar
 */

export class VirtualWindow {
  /** @type {Map<number, number>} what pages measured, those that are far away left out */
  #heights = new Map();
  #sum = 0;
  #count = 0;
  /** What an end of the list measured: its first page has no heading, and its last one may be short. */
  #end = 1_000;

  /** @param {{index: number, low: number, high: number}} options one live page, and the range of those there are */
  constructor({ index, low, high }) {
    this.first = index;
    this.last = index;
    this.low = low;
    this.high = high;
  }

  /** The height of a page that was not measured: the mean of those that were, of an end if there is no other. */
  get typical() {
    return this.#count === 0 ? this.#end : this.#sum / this.#count;
  }

  /** @param {number} index */
  heightOf(index) {
    return this.#heights.get(index) ?? this.typical;
  }

  /** @param {number} index of a page that is shown @param {number} height what it measures */
  measured(index, height) {
    this.#heights.set(index, height);
    if (index === this.low || index === this.high) {
      this.#end = height;
      return;
    }
    this.#sum += height;
    this.#count += 1;
  }

  /** @param {number} index of a page that is to live @returns {number} the height that its place keeps until it is shown */
  reserve(index) {
    const height = this.heightOf(index);
    this.#heights.set(index, height);
    return height;
  }

  /** The window has another width: what was measured does not hold any more. */
  forgetHeights() {
    this.#heights.clear();
    this.#sum = 0;
    this.#count = 0;
  }

  /** @param {number} first @param {number} last the pages that live from now on */
  move(first, last) {
    this.first = first;
    this.last = last;
    for (const index of this.#heights.keys()) {
      if (index < first - 2 * SPREAD || index > last + 2 * SPREAD) this.#heights.delete(index);
    }
  }

  /** How many pages a spacer stands for at most. */
  get spread() {
    return Math.max(1, Math.min(SPREAD, Math.floor(HIGHEST_SPACER / this.typical)));
  }

  /** The height of the spacer above the live pages, as it ought to be. */
  get above() {
    return this.#sumOf(Math.max(this.low, this.first - this.spread), this.first - 1);
  }

  /** The height of the spacer below them. */
  get below() {
    return this.#sumOf(this.last + 1, Math.min(this.high, this.last + this.spread));
  }

  /** Whether a spacer is high enough to scroll on. @param {number} height @param {number} ideal what it ought to be */
  hasRoom(height, ideal) {
    return height >= Math.min(ideal, LEAST_ROOM * this.typical) / 2;
  }

  /**
   * Returns whether the spacer above has to be changed, and the scroll position with it.
   * @param {number} height what it is
   * @param {{isStill: boolean, isNear: boolean}} reader at rest, when it is not noticed; close to the spacer
   */
  isOff(height, { isStill, isNear }) {
    const ideal = this.above;
    if (ideal === 0) return height >= 1 && (isStill || isNear);
    if (!this.hasRoom(height, ideal) || height > 2 * HIGHEST_SPACER) return true;
    // Pages differ in height, and the first that are measured say little: a spacer that is too low is still as good as one.
    const error = height > ideal ? (height - ideal) * 4 : (ideal - height) * 2;
    return isStill && Math.abs(height - ideal) > this.typical && error > ideal;
  }

  /**
   * Returns the pages that are to live: those seen, those close by, and as many of the present ones as there is room for.
   * @param {Sight} sight
   * @param {number} direction of travel: negative is up
   * @returns {Run}
   */
  wanted(sight, direction) {
    const landmark = this.#landmark(sight);
    const seen = [this.#at(0, landmark), this.#at(sight.height - 1, landmark)].map(({ index }) => index);
    const [up, down] = direction < 0 ? [AHEAD, BEHIND] : [BEHIND, AHEAD];
    let first = this.#at(-up * sight.height, landmark).index;
    let last = this.#at((1 + down) * sight.height, landmark).index;
    const isFlight = landmark.isEdge || last < this.first - 1 || first > this.last + 1;
    if (!isFlight) [first, last] = [Math.min(first, this.first), Math.max(last, this.last)];
    [first, last] = trimmed(first, last, seen, direction);
    return { first, last, top: this.#topOf(first, landmark), isFlight };
  }

  /** Returns a page whose offset is known: an end of the list where the reader has gone to the very end, else a live one. */
  #landmark({ top, bottom, start, end, height, isFlying }) {
    if (this.first > this.low && start > -1 && (isFlying || top > height)) return { index: this.low, top: start, isEdge: true };
    if (this.last < this.high && end < height + 1 && (isFlying || bottom < 0)) {
      return { index: this.high, top: end - this.heightOf(this.high), isEdge: true };
    }
    return { index: this.first, top, isEdge: false };
  }

  /** Returns the page at an offset, and where it begins. */
  #at(offset, landmark) {
    let { index, top } = landmark;
    while (top > offset && index > this.low) {
      index -= 1;
      top -= this.heightOf(index);
    }
    while (index < this.high && top + this.heightOf(index) <= offset) {
      top += this.heightOf(index);
      index += 1;
    }
    return { index: Math.min(index, this.high), top };
  }

  #topOf(index, landmark) {
    const [from, to] = index < landmark.index ? [index, landmark.index - 1] : [landmark.index, index - 1];
    return landmark.top + (index < landmark.index ? -1 : 1) * this.#sumOf(from, to);
  }

  #sumOf(from, to) {
    let sum = 0;
    for (let index = from; index <= to; index += 1) sum += this.heightOf(index);
    return sum;
  }
}

/** Lets the pages go that are farthest from those seen, until there are few enough. */
function trimmed(first, last, [seenFirst, seenLast], direction) {
  const most = Math.max(MOST_LIVE, seenLast - seenFirst + 1);
  while (last - first + 1 > most) {
    const [over, under] = [seenFirst - first, last - seenLast];
    if (over > under || (over === under && direction >= 0)) first += 1;
    else last -= 1;
  }
  return [first, last];
}
