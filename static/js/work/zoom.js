/** The arithmetic of a picture in a frame: how large it is shown, and which part of it. */

// Of a picture that is shown in its own size already, so that the key does something.
const CLOSER = 2;
const MOST = 8;

/** @typedef {{width: number, height: number}} Size @typedef {{x: number, y: number}} Point */

export class Zoom {
  /** How many times as large as it fits into the frame. */
  factor = 1;
  /** How far its centre is from the frame's, in pixels of the page. */
  x = 0;
  y = 0;

  /** @param {{frame: Size, shown: Size, picture: Size}} sizes of the frame, of the picture as it fits, and in its own pixels */
  constructor({ frame, shown, picture }) {
    this.frame = frame;
    this.shown = shown;
    this.actual = picture.width / shown.width;
  }

  get isFit() {
    return this.factor === 1;
  }

  /** Between the whole picture and its actual size. @param {Point} at from the frame's centre: what is there stays there */
  toggle(at = { x: 0, y: 0 }) {
    const larger = this.actual > 1.05 ? this.actual : CLOSER;
    this.to(this.isFit ? larger : 1, at);
  }

  /** @param {number} factor @param {Point} at */
  to(factor, at = { x: 0, y: 0 }) {
    const next = Math.min(Math.max(factor, 1), Math.max(MOST, 2 * this.actual));
    const growth = next / this.factor;
    this.factor = next;
    this.x = at.x - (at.x - this.x) * growth;
    this.y = at.y - (at.y - this.y) * growth;
    this.pan(0, 0);
  }

  /** Moves the picture, no further than its edge. @param {number} x @param {number} y */
  pan(x, y) {
    this.x = within(this.x + x, this.shown.width * this.factor, this.frame.width);
    this.y = within(this.y + y, this.shown.height * this.factor, this.frame.height);
  }
}

function within(offset, length, frame) {
  const most = Math.max(0, (length - frame) / 2);
  return Math.min(Math.max(offset, -most), most);
}
