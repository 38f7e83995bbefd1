/** The rail's elements: how the list is drawn along it, the reader's place, and what a place would show. */

const SVG = "http://www.w3.org/2000/svg";
// The drawing's own units: the rail's length, and the width of the highest bar.
const LENGTH = 1_000;
const WIDTH = 100;
const LABEL_GAP_PX = 22;

export class Rail {
  #track = part("track");
  #outline = document.createElementNS(SVG, "path");
  #labels = part("labels");
  #thumb = part("thumb");
  #mark = part("mark");
  #bubble = part("bubble");
  #timeline = null;

  constructor() {
    this.element = part("rail");
    this.thumb = this.#thumb;
    this.element.tabIndex = 0;
    for (const [name, value] of Object.entries({
      role: "slider",
      "aria-label": "Place in the list",
      "aria-orientation": "vertical",
      "aria-valuemin": "1",
    })) this.element.setAttribute(name, value);
    const drawing = document.createElementNS(SVG, "svg");
    drawing.setAttribute("viewBox", `0 0 ${WIDTH} ${LENGTH}`);
    drawing.setAttribute("preserveAspectRatio", "none");
    drawing.classList.add("scrubber__outline");
    drawing.append(this.#outline);
    this.#track.setAttribute("aria-hidden", "true");
    this.#track.append(drawing, this.#labels, this.#mark, this.#thumb, this.#bubble);
    this.#mark.hidden = this.#bubble.hidden = true;
    this.element.append(this.#track);
  }

  /** The rail's length in CSS pixels. */
  get length() {
    return this.#track.clientHeight;
  }

  /** @param {number} y in the window @returns {number} the place there, from 0 to 1 */
  railAt(y) {
    const { top, height } = this.#track.getBoundingClientRect();
    return Math.min(Math.max((y - top) / (height || 1), 0), 1);
  }

  /** Draws a list. @param {import("genonaut/scrubber/timeline").Timeline} timeline */
  draw(timeline) {
    this.#timeline = timeline;
    this.element.setAttribute("aria-valuemax", String(timeline.pages));
    this.#outline.setAttribute("d", pathOf(timeline.outline()));
    this.drawLabels();
  }

  /** Puts labels where there is room for them, by the rail's present length. */
  drawLabels() {
    if (this.#timeline === null || this.length === 0) return;
    this.#labels.replaceChildren(...this.#timeline.labels(LABEL_GAP_PX / this.length).map(({ text, at, isMajor }) => {
      const label = part("label");
      label.textContent = text;
      label.classList.toggle("scrubber__label--minor", !isMajor);
      label.style.setProperty("--at", String(at));
      return label;
    }));
  }

  /**
   * Moves the thumb to where the reader is.
   * @param {number} from
   * @param {number} to
   */
  moveThumb(from, to) {
    this.#thumb.style.setProperty("--at", String((from + to) / 2));
    this.#thumb.style.setProperty("--extent", String(to - from));
  }

  /**
   * Says which page the rail stands at.
   * @param {{page: number, date: string, item: number}} place
   */
  setValue({ page, date, item }) {
    const { pages } = this.#timeline;
    const text = [date, `page ${inWords(page)} of ${inWords(pages)}`, `item ${inWords(item)}`].filter(Boolean).join(", ");
    this.element.setAttribute("aria-valuenow", String(page));
    this.element.setAttribute("aria-valuetext", text);
  }

  /**
   * Shows what a place of the rail would bring.
   * @param {number} at
   * @param {{page: number, date: string, item: number}} place
   */
  showBubble(at, { page, date, item }) {
    const lines = [date, `item ${inWords(item)} of ${inWords(this.#timeline.total)}`, `page ${inWords(page)}`];
    this.#bubble.replaceChildren(...lines.filter(Boolean).map((line, index) => {
      const element = document.createElement(index === 0 ? "b" : "span");
      element.textContent = line;
      return element;
    }));
    for (const element of [this.#bubble, this.#mark]) {
      element.hidden = false;
      element.style.setProperty("--at", String(at));
    }
  }

  hideBubble() {
    this.#bubble.hidden = this.#mark.hidden = true;
  }
}

function part(name) {
  const element = document.createElement("div");
  element.className = `scrubber__${name}`;
  return element;
}

function inWords(number) {
  return number.toLocaleString("en");
}

/** Returns the outline of the bars, from the right edge to the left. By the root: one busy month would flatten the rest. */
function pathOf(bars) {
  const steps = bars.map(({ from, to, share }) => {
    const left = (WIDTH * (1 - Math.sqrt(share))).toFixed(1);
    return `L${left} ${(LENGTH * from).toFixed(2)}L${left} ${(LENGTH * to).toFixed(2)}`;
  });
  return steps.length ? `M${WIDTH} 0${steps.join("")}L${WIDTH} ${LENGTH}Z` : "";
}
