/**
 * The whole list along one rail: its dates, how many items each has, and the way to any page of it.
 *
 * Pointing, dragging and keys choose a page, which is said at once and shown on release, or once the keys have rested.
 */

import { topCard } from "genonaut/list/scroll-anchor";
import { jumpBox } from "genonaut/scrubber/jump";
import { Rail } from "genonaut/scrubber/rail";
import { Timeline } from "genonaut/scrubber/timeline";

const KEYS_REST_MS = 400;
const HINT_AFTER_MS = 120;
const AWAKE_MS = 2_500;

/**
 * @param {import("genonaut/list/gallery").Gallery} gallery
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {
  new Scrubber(gallery, signal).start();
}

class Scrubber {
  #gallery;
  #signal;
  #rail = new Rail();
  #dock = document.createElement("div");
  /** @type {Timeline | null} null while the list has no numbers, or one page */
  #timeline = null;
  /** @type {import("genonaut/scrubber/histogram").Answer | null} */
  #answer = null;
  #histogram = null;
  /** @type {number | null} the page that is on its way */
  #going = null;
  /** @type {number | null} the page that is chosen, but not asked for yet */
  #chosen = null;
  /** @type {{id: number, offset: number, y: number, ending: AbortController} | null} */
  #drag = null;
  #frame = 0;
  #keyTimer = 0;
  #hintTimer = 0;
  #sleepTimer = 0;

  constructor(gallery, signal) {
    this.#gallery = gallery;
    this.#signal = signal;
  }

  start() {
    const [gallery, signal, rail] = [this.#gallery, this.#signal, this.#rail];
    const dayOf = (page) => this.#timeline?.dayOf(page) ?? null;
    this.#dock.className = "scrubber";
    this.#dock.hidden = true;
    this.#dock.append(rail.element, ...jumpBox(gallery, { signal, dayOf }));
    // Before the cards: a keyboard user need not pass them all.
    const toolbar = gallery.list.querySelector(".toolbar");
    if (toolbar === null) gallery.list.prepend(this.#dock);
    else toolbar.after(this.#dock);
    signal.addEventListener("abort", () => this.#stop(), { once: true });

    const { histogram } = gallery.list.dataset;
    if (histogram !== undefined) this.#startHistogram(histogram);
    gallery.addEventListener("pagechange", () => this.#arrive(), { signal });
    gallery.addEventListener("pageerror", () => (this.#going = null), { signal });
    this.#listen();
    this.#arrive();
  }

  #listen() {
    const { element } = this.#rail;
    const options = { signal: this.#signal };
    element.addEventListener("pointerdown", (event) => this.#onDown(event), options);
    element.addEventListener("pointermove", (event) => this.#onMove(event), options);
    element.addEventListener("pointerup", (event) => this.#onUp(event), options);
    element.addEventListener("pointercancel", () => this.#cancel(), options);
    element.addEventListener("lostpointercapture", () => this.#drag && this.#cancel(), options);
    element.addEventListener("pointerleave", () => this.#onLeave(), options);
    element.addEventListener("keydown", (event) => this.#onKey(event), options);
    window.addEventListener("scroll", () => this.#onScroll(), { ...options, passive: true });
    window.addEventListener("pointerdown", () => this.#wake(), { ...options, passive: true });
    window.addEventListener("resize", () => this.#nextFrame(() => this.#rail.drawLabels()), { ...options, passive: true });
  }

  #stop() {
    for (const timer of [this.#keyTimer, this.#hintTimer, this.#sleepTimer]) clearTimeout(timer);
    cancelAnimationFrame(this.#frame);
    this.#drag?.ending.abort();
    this.#dock.remove();
  }

  // --- The list

  /** The reader is on another page, maybe of the list as it is at another moment. */
  #arrive() {
    const { page } = this.#gallery;
    this.#going = null;
    const size = sizeOf(page);
    const isNumbered = size !== null && page.pages > 1;
    if (isNumbered) this.#histogram?.want(page.asOf, page.total);
    this.#dock.hidden = !isNumbered;
    if (!isNumbered) {
      this.#letGo();
      this.#timeline = null;
      return;
    }
    this.#wake();
    this.#refresh();
  }

  /** Brings the dates of a list that has them. @param {string} address */
  async #startHistogram(address) {
    const signal = this.#signal;
    const { Histogram } = await import("genonaut/scrubber/histogram");
    if (signal.aborted) return;
    this.#histogram = new Histogram(address, signal);
    this.#histogram.addEventListener("read", (event) => this.#learn(event.detail), { signal });
    const { page } = this.#gallery; // perhaps another one meanwhile
    if (this.#timeline !== null) this.#histogram.want(page.asOf, page.total);
  }

  #learn(answer) {
    this.#answer = answer;
    if (this.#timeline !== null) this.#refresh();
  }

  /** Draws all again, but under a pointer that holds the thumb: nothing may move then. */
  #refresh() {
    if (this.#drag !== null) return;
    const timeline = this.#timelineOf(this.#gallery.page);
    if (timeline !== this.#timeline) this.#rail.draw(timeline);
    this.#timeline = timeline;
    this.#follow();
  }

  /** Returns the present one if it still holds; positions of another moment are those of another list. */
  #timelineOf(page) {
    const { total, asOf } = page;
    const size = sizeOf(page);
    const answer = this.#answer?.asOf === asOf ? this.#answer : null;
    const isExact = answer?.total === total;
    const known = this.#timeline;
    if (known?.answer === answer && known.total === total && known.size === size) return known;
    return Object.assign(new Timeline({ total, size, by: answer?.by, bars: answer?.bars, isExact }), { answer });
  }

  // --- The reader's place

  /** Where the reader is, or will be. */
  get #present() {
    return this.#going ?? this.#gallery.page.number;
  }

  #placeOf(page) {
    return { page, date: this.#timeline.dateOf(page), item: this.#timeline.firstOf(page) };
  }

  /** Moves the thumb to the chosen page, else to the reader's. */
  #follow() {
    const page = this.#chosen ?? this.#present;
    this.#rail.setValue(this.#placeOf(page));
    const [from, to] = this.#timeline.extentOf(page);
    const isReading = this.#chosen === null && this.#going === null;
    const first = isReading && (to - from) * this.#rail.length > 2 ? this.#firstSeen() : null;
    if (first === null) this.#rail.moveThumb(from, to);
    else this.#rail.moveThumb(this.#timeline.railOf(first), this.#timeline.railOf(first + this.#timeline.size));
  }

  /** Returns the position of the first card in the window. */
  #firstSeen() {
    const position = Number(window.scrollY > 0 && topCard(this.#gallery.layout.root)?.getAttribute("aria-posinset"));
    return position || null;
  }

  #onScroll() {
    this.#wake();
    if (this.#timeline !== null && this.#chosen === null) this.#nextFrame(() => this.#chosen === null && this.#follow());
  }

  /** Shows the rail where it hides while it is not needed. */
  #wake() {
    clearTimeout(this.#sleepTimer);
    this.#dock.classList.add("scrubber--awake");
    this.#sleepTimer = setTimeout(() => this.#dock.classList.remove("scrubber--awake"), AWAKE_MS);
  }

  // --- Choosing

  /** Says what a page has, before anything is asked for. */
  #choose(page, at) {
    const isNew = page !== this.#chosen;
    this.#chosen = page;
    this.#rail.showBubble(at, this.#placeOf(page));
    if (!isNew) return;
    this.#follow();
    this.#hint(page);
  }

  /** Reads a page ahead once the reader dwells on it. */
  #hint(page) {
    clearTimeout(this.#hintTimer);
    this.#hintTimer = setTimeout(() => {
      const address = this.#gallery.addressOf(page);
      if (address !== null && page !== this.#present) this.#gallery.prefetcher.wantFirst(address);
    }, HINT_AFTER_MS);
  }

  #show(page) {
    const isElsewhere = page !== this.#present;
    this.#letGo();
    if (!isElsewhere) return this.#refresh();
    this.#going = page;
    this.#refresh();
    this.#gallery.show(this.#gallery.addressOf(page));
  }

  #cancel() {
    this.#letGo();
    if (this.#timeline !== null) this.#refresh();
  }

  #letGo() {
    clearTimeout(this.#keyTimer);
    clearTimeout(this.#hintTimer);
    cancelAnimationFrame(this.#frame);
    const drag = this.#drag;
    this.#drag = this.#chosen = null;
    drag?.ending.abort();
    this.#dock.classList.remove("scrubber--dragged");
    this.#rail.hideBubble();
    this.#wake();
  }

  #nextFrame(act) {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(act);
  }

  // --- Pointers

  #onDown(event) {
    if (event.button !== 0 || !event.isPrimary || this.#timeline === null) return;
    clearTimeout(this.#keyTimer);
    const ending = new AbortController();
    this.#drag = { id: event.pointerId, offset: this.#offsetAt(event), y: event.clientY, ending };
    this.#rail.element.setPointerCapture(event.pointerId);
    this.#dock.classList.add("scrubber--dragged");
    document.addEventListener("keydown", (key) => {
      if (key.key !== "Escape") return;
      key.preventDefault();
      key.stopPropagation();
      this.#cancel();
    }, { signal: ending.signal, capture: true });
    this.#point(event.clientY);
  }

  #onMove(event) {
    if (this.#timeline === null) return;
    if (this.#drag === null) {
      if (event.pointerType === "mouse") this.#nextFrame(() => this.#hover(event));
    } else if (event.pointerId === this.#drag.id) {
      this.#drag.y = event.clientY;
      this.#nextFrame(() => this.#drag !== null && this.#point(this.#drag.y));
    }
  }

  #onUp(event) {
    if (event.pointerId !== this.#drag?.id) return;
    cancelAnimationFrame(this.#frame);
    this.#point(event.clientY);
    this.#show(this.#chosen);
  }

  #onLeave() {
    if (this.#drag !== null) return;
    clearTimeout(this.#hintTimer);
    cancelAnimationFrame(this.#frame);
    if (this.#chosen === null) this.#rail.hideBubble();
  }

  /** Says what a click would show; keys that wait for their rest have the word before. */
  #hover(event) {
    if (this.#timeline === null || this.#chosen !== null || this.#drag !== null) return;
    const at = this.#rail.railAt(event.clientY + this.#offsetAt(event));
    const page = this.#timeline.pageAt(at);
    this.#rail.showBubble(at, this.#placeOf(page));
    this.#hint(page);
  }

  #point(y) {
    const at = this.#rail.railAt(y + this.#drag.offset);
    this.#choose(this.#timeline.pageAt(at), at);
  }

  /** Returns how far the thumb's own page is from a pointer that is on the thumb: to take hold of it moves nothing. */
  #offsetAt({ clientY, clientX }) {
    const box = this.#rail.thumb.getBoundingClientRect();
    const isOnIt = clientY >= box.top && clientY <= box.bottom && clientX >= box.left;
    if (!isOnIt || this.#timeline.pageAt(this.#rail.railAt(clientY)) === this.#present) return 0;
    const [from, to] = this.#timeline.extentOf(this.#present);
    return ((from + to) / 2 - this.#rail.railAt(clientY)) * this.#rail.length;
  }

  // --- Keys

  #onKey(event) {
    if (this.#timeline === null || this.#drag !== null || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && this.#chosen !== null) this.#cancel();
    else if (event.key === "Enter" && this.#chosen !== null) this.#show(this.#chosen);
    else if (!this.#step(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Chooses another page by a key, and shows it once the keys rest. Returns whether the key is one of these. */
  #step(key) {
    const [timeline, page] = [this.#timeline, this.#chosen ?? this.#present];
    const wanted = {
      ArrowDown: page + 1,
      ArrowRight: page + 1,
      ArrowUp: page - 1,
      ArrowLeft: page - 1,
      PageDown: timeline.leap(page, 1),
      PageUp: timeline.leap(page, -1),
      Home: 1,
      End: timeline.pages,
    }[key];
    if (wanted === undefined) return false;
    const next = Math.min(Math.max(wanted, 1), timeline.pages);
    const [from, to] = timeline.extentOf(next);
    this.#choose(next, (from + to) / 2);
    clearTimeout(this.#keyTimer);
    this.#keyTimer = setTimeout(() => this.#show(next), KEYS_REST_MS);
    return true;
  }
}

/**
 * @param {import("genonaut/pages/page").Page} page
 * @returns {number | null} how many items each page of its list has but the last; null if unknown
 */
function sizeOf({ number, pages, total, first, last }) {
  if ([number, pages, total, first, last].includes(null)) return null;
  const size = number > 1 ? (first - 1) / (number - 1) : last;
  return Number.isInteger(size) && size > 0 && Math.ceil(total / size) === pages ? size : null;
}
