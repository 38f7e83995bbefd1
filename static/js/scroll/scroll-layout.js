/**
 * The layout of a list that scrolls without end: a few whole pages live around what the reader sees, and two spacers
 * stand for the others.
 */

import { covered, currentAnchor, scrollToAnchor, topCard } from "genonaut/list/scroll-anchor";
import { ScrollPage } from "genonaut/scroll/scroll-page";
import { Spacers } from "genonaut/scroll/spacers";
import { Velocity } from "genonaut/scroll/velocity";
import { VirtualWindow } from "genonaut/scroll/virtual-window";

/** @typedef {import("genonaut/list/scroll-anchor").ScrollAnchor} ScrollAnchor */

// Safari refuses more than 100 changes of the history in 30 s, and noting a scroll anchor is one too.
const ADDRESS_MS = 500;
// A wheel stops between its notches.
const REST_MS = 150;
// A reader in a hurry may only pass by; in pages a second.
const HURRY = 5;
const PASSING_MS = 100;

export class ScrollLayout {
  #gallery;
  #controller = new AbortController();
  #spacers = new Spacers();
  #velocity = new Velocity();
  /** @type {ScrollPage[]} from the first live page to the last one; none while another page is under way */
  #scrollPages = [];
  /** @type {VirtualWindow} */
  #window;
  /** @type {Map<number, string>} the addresses of a list without numbers, as far as they are known */
  #chain = new Map();
  /** @type {import("genonaut/pages/page").Page} the page at the top of the window */
  #here;
  /** @type {ScrollAnchor | null} what the reader saw last */
  #anchor = null;
  #isStill = true;
  /** Nothing was scrolled yet. */
  #isFresh = true;
  /** The reader drags the scrollbar, or has asked for an end of the list: nothing must move under way. */
  #isFlying = false;
  #band = 0;
  #announcedAt = -Infinity;
  #width = 0;
  #frame = 0;
  #restTimer = 0;
  #announceTimer = 0;

  /** @param {import("genonaut/list/gallery").Gallery} gallery */
  constructor(gallery) {
    this.#gallery = gallery;
    /** What holds the live pages. */
    this.root = document.createElement("div");
    this.root.className = "scroll";
  }

  /**
   * Takes over the page that the server sent.
   * @param {import("genonaut/pages/page").Page} page
   */
  start(page) {
    const { signal } = this.#controller;
    const section = this.#gallery.list.querySelector("section.page");
    section.replaceWith(this.root);
    this.#begin(page, section);
    document.documentElement.style.overflowAnchor = "none";
    window.addEventListener("scroll", () => this.#scrolled(), { signal, passive: true });
    window.addEventListener("scrollend", () => this.#restSoon(), { signal });
    window.addEventListener("resize", () => this.#updateSoon(), { signal });
    window.addEventListener("online", () => this.#scrollPages.forEach((scrollPage) => scrollPage.retry?.()), { signal });
    const sizes = new ResizeObserver(() => this.#noticeWidth());
    sizes.observe(this.root);
    signal.addEventListener("abort", () => sizes.disconnect());
    this.#updateSoon();
  }

  stop() {
    this.#controller.abort();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#restTimer);
    clearTimeout(this.#announceTimer);
    this.#scrollPages.forEach((scrollPage) => scrollPage.stop());
    document.documentElement.style.overflowAnchor = "";
  }

  /**
   * Shows a page with the list around it.
   * @param {import("genonaut/pages/page").Page} page
   * @param {{anchor?: ScrollAnchor | null, isSame?: boolean}} options where to scroll to, the page's top
   *   without one; `isSame`: a page that lives already, as it is now
   */
  show(page, { anchor = null, isSame = false } = {}) {
    if (isSame) return this.#renew(page);
    const hadFocus = this.root.contains(document.activeElement);
    this.#anchor = null;
    const section = page.take(this.#gallery.firstScreen);
    this.#begin(page, section);
    this.#spacers.setAbove(this.#window.above);
    if (anchor === null || !scrollToAnchor(this.root, anchor)) this.#toTop(section);
    if (hadFocus) section.focus({ preventScroll: true });
    this.#updateSoon();
  }

  /** Shows that a page is under way that is far from all that live. */
  showLoading() {
    this.#alone().wait(24);
  }

  /**
   * Shows that such a page did not come, and lets the reader try again.
   * @param {import("genonaut/pages/reader").PageError} error
   * @param {() => void} retry
   */
  showFailure(error, retry) {
    this.#alone().fail(error, retry);
  }

  /** All rows have another height. @param {ScrollAnchor | null} anchor what is to stay where it was */
  resized(anchor) {
    this.#anchor = anchor ?? this.#anchor;
    if (this.#scrollPages.length > 0) this.#measureAll();
  }

  /** Has the gallery know at once which page the reader is on. */
  settle() {
    if (this.#scrollPages.length === 0) return;
    this.#look();
    clearTimeout(this.#announceTimer);
    this.#gallery.scrolledTo(this.#here);
  }

  /** Lets one page live, and nothing stand above it. */
  #begin(page, section) {
    this.#scrollPages.forEach((scrollPage) => scrollPage.stop());
    const isCounted = page.number !== null && page.pages !== null;
    const index = page.number ?? 0;
    this.#scrollPages = [ScrollPage.of(index, page, section)];
    this.#chain = isCounted ? null : new Map([[index, page.address]]);
    this.#window = new VirtualWindow({ index, low: isCounted ? 1 : index, high: isCounted ? Math.max(page.pages, index) : index });
    this.#learn(this.#scrollPages[0]);
    this.root.replaceChildren(this.#spacers.above, section, this.#spacers.below);
    this.#spacers.setAbove(0);
    this.#window.measured(index, section.getBoundingClientRect().height);
    this.#spacers.setBelow(this.#window.below);
    this.#here = page;
    this.#isFlying = false;
    this.#width = this.root.clientWidth;
    this.#velocity.jump(performance.now(), this.#distance());
  }

  /** Replaces all pages by one section without cards. */
  #alone() {
    const hadFocus = this.root.contains(document.activeElement);
    this.#scrollPages.forEach((scrollPage) => scrollPage.stop());
    this.#scrollPages = [];
    const scrollPage = ScrollPage.empty(0, "", { height: window.innerHeight, label: "Works", mark: "" });
    this.#spacers.setAbove(0);
    this.#spacers.setBelow(0);
    this.root.replaceChildren(this.#spacers.above, scrollPage.element, this.#spacers.below);
    if (scrollPage.element.getBoundingClientRect().top < covered()) this.#toTop(scrollPage.element);
    if (hadFocus) scrollPage.element.focus({ preventScroll: true });
    return scrollPage;
  }

  /** Scrolls so that a section begins at the window's top; the list's first one has all above it shown. */
  #toTop(section) {
    const isFirst = section === this.#scrollPages[0]?.element && this.#window.first === this.#window.low;
    const top = isFirst ? -window.scrollY : section.getBoundingClientRect().top - covered();
    window.scrollBy({ top, behavior: "instant" });
  }

  #scrolled() {
    this.#isStill = false;
    clearTimeout(this.#restTimer);
    // Where the browser says when a scroll ends, it does not before the scrollbar is let go.
    if (!("onscrollend" in window)) this.#restSoon();
    this.#updateSoon();
  }

  #restSoon() {
    clearTimeout(this.#restTimer);
    this.#restTimer = setTimeout(() => this.#rest(), REST_MS);
  }

  #rest() {
    this.#isStill = true;
    this.#velocity.stop();
    this.#updateSoon();
  }

  /** The flight is over: from the next frame on things may move. */
  #land() {
    this.#isFlying = false;
    this.#updateSoon();
  }

  #updateSoon() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#update());
  }

  /** Once for each frame in which anything has changed: reads where things are, then puts pages in and takes others out. */
  #update() {
    if (this.#scrollPages.length === 0 || this.#controller.signal.aborted) return;
    this.#noticeWidth(); // first: what it holds is where things were before
    const isOpening = this.#isFresh && window.scrollY === 0 && this.#window.first > this.#window.low;
    const opened = isOpening ? this.#scrollPages[0].element : null;
    this.#isFresh = false;
    const sight = this.#look();
    this.#measureVelocity();
    this.#announceSoon();
    this.#arrange(sight);
    this.#fill();
    this.#mend();
    if (this.#isFlying && this.#isStill) this.#land();
    this.#noteAnchor();
    this.#velocity.jump(performance.now(), this.#distance());
    // Room has been made above without a move; in a frame of its own, scrolling alone moves what is seen, and layout does not.
    if (opened !== null) requestAnimationFrame(() => opened.isConnected && this.#toTop(opened));
  }

  /** @returns {import("genonaut/scroll/virtual-window").Sight} */
  #look() {
    const edge = covered();
    const topOf = (element) => element.getBoundingClientRect().top - edge;
    const card = topCard(this.root);
    const scrollPage = this.#scrollPages.find(({ element }) => element.contains(card));
    if (scrollPage !== undefined && topOf(card) < window.innerHeight) this.#here = scrollPage.page;
    return {
      top: topOf(this.#scrollPages[0].element),
      bottom: topOf(this.#spacers.below),
      start: topOf(this.#spacers.above),
      end: this.#spacers.below.getBoundingClientRect().bottom - edge,
      height: window.innerHeight - edge,
      isFlying: this.#isFlying,
    };
  }

  /** How far down the reader is, in pages of the document. */
  #distance() {
    return window.scrollY / this.#window.typical;
  }

  #measureVelocity() {
    if (this.#isStill) this.#velocity.jump(performance.now(), this.#distance());
    else this.#velocity.note(performance.now(), this.#distance());
    const gallery = this.#gallery;
    gallery.speed = this.#velocity.speed;
    const band = Math.sign(gallery.speed) * gallery.prefetcher.depth(gallery.speed);
    if (band === this.#band || this.#isFlying) return;
    this.#band = band;
    gallery.readAhead(this.#here);
  }

  #announceSoon() {
    clearTimeout(this.#announceTimer);
    const wait = this.#announcedAt + ADDRESS_MS - performance.now();
    if (this.#here === this.#gallery.page) return;
    if (wait > 0) {
      this.#announceTimer = setTimeout(() => this.#announceSoon(), wait);
      return;
    }
    this.#announcedAt = performance.now();
    this.#gallery.scrolledTo(this.#here);
  }

  /** Lets the pages live that are seen or near. @param {import("genonaut/scroll/virtual-window").Sight} sight */
  #arrange(sight) {
    const pages = this.#window;
    const run = pages.wanted(sight, this.#velocity.speed);
    this.#isFlying ||= run.isFlight && !this.#isStill;
    if (run.first === pages.first && run.last === pages.last && !run.isFlight) return this.#setBelow(sight);
    const isKept = ({ index }) => !run.isFlight && index >= run.first && index <= run.last;
    this.#scrollPages.filter((scrollPage) => !isKept(scrollPage)).forEach((scrollPage) => scrollPage.remove());
    const kept = new Map(this.#scrollPages.filter(isKept).map((scrollPage) => [scrollPage.index, scrollPage]));
    this.#scrollPages = [];
    for (let index = run.first; index <= run.last; index += 1) {
      const scrollPage = kept.get(index) ?? this.#make(index, run);
      if (!kept.has(index)) (this.#scrollPages.at(-1)?.element ?? this.#spacers.above).after(scrollPage.element);
      this.#scrollPages.push(scrollPage);
    }
    pages.move(run.first, run.last);
    this.#spacers.give(this.#spacers.height - (run.top - sight.start));
    this.#setBelow(sight);
  }

  /**
   * While anything scrolls the document keeps its height, as long as there is room below: the scrollbar is not to move
   * away under the pointer, nor the end from who is on the way there.
   */
  #setBelow({ end, start }) {
    const pages = this.#window;
    const used = this.#spacers.height + this.#scrollPages.reduce((sum, { index }) => sum + pages.heightOf(index), 0);
    const rest = end - start - used;
    const isMoving = this.#isFlying || (!this.#isStill && pages.hasRoom(rest, pages.below));
    this.#spacers.setBelow(isMoving && pages.last < pages.high ? rest : pages.below);
  }

  /** Makes an empty section for a page, and reads the page. */
  #make(index, { isFlight }) {
    const pages = this.#window;
    const address = this.#chain === null ? this.#here.addressOf(index) : this.#chain.get(index);
    const { label, mark, cards } = this.#describe(index);
    const height = pages.reserve(index);
    const scrollPage = ScrollPage.empty(index, address, { height, label, mark });
    const isPassing = isFlight || this.#isFlying || Math.abs(this.#velocity.speed) > HURRY;
    scrollPage.read(this.#gallery.reader, {
      cards,
      delayMs: isPassing ? PASSING_MS : 0,
      onReady: () => {
        this.#learn(scrollPage);
        this.#updateSoon();
      },
    });
    return scrollPage;
  }

  /** Says of a page that is not here yet what it will say itself. */
  #describe(index) {
    const { number, first, ids, total } = this.#here;
    const size = number > 1 && first !== null ? (first - 1) / (number - 1) : ids.length;
    if (this.#chain !== null) return { label: "Works", mark: "", cards: size };
    const from = (index - 1) * size + 1;
    const to = Math.min(index * size, total ?? Infinity);
    const [page, start, end] = [index, from, to].map((value) => value.toLocaleString("en"));
    const mark = first === null ? `Page ${page}` : `Page ${page} · ${start}–${end}`;
    return { label: `Works, page ${index}`, mark: index > 1 ? mark : "", cards: Math.max(1, to - from + 1) };
  }

  /** Learns from a page where its list ends, or what comes before and after it. */
  #learn({ index, page }) {
    const pages = this.#window;
    if (this.#chain === null) {
      pages.high = Math.max(page.pages ?? 1, pages.last);
      return;
    }
    const known = [[index - 1, page.previous], [index + 1, page.next]];
    for (const [other, address] of known) {
      if (address !== null && !this.#chain.has(other)) this.#chain.set(other, address);
    }
    pages.low = Math.min(...this.#chain.keys());
    pages.high = Math.max(...this.#chain.keys());
  }

  /** Puts the cards of one page into the document, of the nearest that is here: more would not fit into one frame. */
  #fill() {
    const ready = this.#scrollPages.filter(({ isReady }) => isReady);
    if (ready.length === 0) return;
    const middle = window.innerHeight / 2;
    const distance = ({ element }) => {
      const { top, bottom } = element.getBoundingClientRect();
      return Math.max(top - middle, middle - bottom, 0);
    };
    const scrollPage = ready.reduce((near, other) => (distance(other) < distance(near) ? other : near));
    this.#put(scrollPage, scrollPage.page);
    if (ready.length > 1) this.#updateSoon();
  }

  /** Shows a page in its place; what the reader looks at stays. */
  #put(scrollPage, page) {
    const { bottom, height } = scrollPage.element.getBoundingClientRect();
    const card = topCard(this.root);
    const isSeen = card !== null && card.getBoundingClientRect().top < window.innerHeight;
    const isAbove = isSeen ? !precedes(card, scrollPage.element) && !scrollPage.element.contains(card) : bottom <= covered();
    scrollPage.show(page, 0);
    const now = scrollPage.element.getBoundingClientRect().height;
    this.#window.measured(scrollPage.index, now);
    if (isAbove) this.#spacers.give(now - height);
    this.#gallery.announce(page, scrollPage.element);
  }

  /** Shows a live page as it is now. */
  #renew(page) {
    const scrollPage = this.#scrollPages.find(({ page: present }) => present?.address === page.address);
    if (scrollPage === undefined) return;
    const anchor = currentAnchor(this.root);
    const hadFocus = scrollPage.element.contains(document.activeElement);
    const focused = hadFocus ? document.activeElement.closest(".card") : null;
    this.#put(scrollPage, page);
    if (this.#here.address === page.address) this.#here = page;
    if (anchor !== null) scrollToAnchor(this.root, anchor);
    const again = focused && this.root.querySelector(`.card[data-id="${CSS.escape(focused.dataset.id)}"] a`);
    again?.focus({ preventScroll: true });
  }

  /** Notes what is at the top. Of a row, the item that was noted before: the window may be turned back to its old width. */
  #noteAnchor() {
    const { id, offset } = this.#anchor ?? {};
    const card = id && this.root.querySelector(`.card[data-id="${CSS.escape(id)}"]`);
    if (card && Math.abs(card.getBoundingClientRect().top - covered() - offset) < 1) return;
    this.#anchor = currentAnchor(this.root);
  }

  /** Mends the spacer above where it is off, so that the reader can scroll on. */
  #mend() {
    const { element } = this.#scrollPages[0];
    const isNear = element.getBoundingClientRect().top > -window.innerHeight;
    if (this.#isFlying || !this.#window.isOff(this.#spacers.height, { isStill: this.#isStill, isNear })) return;
    this.#spacers.move(this.#window.above, element);
  }

  /** The window has another width, and so all pages other heights. */
  #noticeWidth() {
    if (this.root.clientWidth === this.#width || this.#scrollPages.length === 0) return;
    this.#width = this.root.clientWidth;
    this.#measureAll();
  }

  /** Measures all living pages again, and forgets the heights of others: the item at the top stays there. */
  #measureAll() {
    const pages = this.#window;
    pages.forgetHeights();
    for (const { index, isShown, element } of this.#scrollPages) {
      if (isShown) pages.measured(index, element.getBoundingClientRect().height);
    }
    for (const scrollPage of this.#scrollPages) if (!scrollPage.isShown) scrollPage.height = pages.reserve(scrollPage.index);
    this.#spacers.setAbove(pages.above);
    this.#spacers.setBelow(pages.below);
    if (this.#anchor !== null) scrollToAnchor(this.root, this.#anchor);
    this.#updateSoon();
  }
}

/** Whether an element comes before another in the document. */
function precedes(one, other) {
  return (one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
}
