/** One page's place in a list that scrolls: empty, with skeletons, with the page's cards, or with why they did not come. */

import { failureIn, skeletonsIn } from "genonaut/list/placeholders";
import { PageError } from "genonaut/pages/reader";
import { idle, pause } from "genonaut/site/idle";

const SKELETON_AFTER_MS = 100;
// The browser is asked for a pause between frames, and taken by its word after so long.
const LONGEST_PAUSE_MS = 150;

export class ScrollPage {
  #controller = new AbortController();
  /** @type {import("genonaut/pages/page").Page | null} once it is here */
  page = null;
  /** Whether its cards are in the document. */
  isShown = false;
  /** @type {(() => void) | null} asks for the page once more, where it did not come */
  retry = null;

  /**
   * @param {number} index of the page in its list
   * @param {string} address of the page
   * @param {HTMLElement} element the section
   */
  constructor(index, address, element) {
    this.index = index;
    this.address = address;
    this.element = element;
  }

  /**
   * @param {number} index
   * @param {import("genonaut/pages/page").Page} page
   * @param {HTMLElement} section the page's own
   * @returns {ScrollPage} with cards
   */
  static of(index, page, section) {
    const scrollPage = new ScrollPage(index, page.address, section);
    scrollPage.page = page;
    scrollPage.#settle();
    return scrollPage;
  }

  /**
   * @param {number} index
   * @param {string} address
   * @param {{height: number, label: string, mark: string}} looks its height in pixels, its name, and its heading
   * @returns {ScrollPage} without cards as yet, as high as the page will be
   */
  static empty(index, address, { height, label, mark }) {
    const section = document.createElement("section");
    section.className = "page page--empty";
    section.tabIndex = -1;
    section.ariaLabel = label;
    const heading = document.createElement("p");
    heading.className = "page__mark label";
    heading.textContent = mark;
    heading.hidden = mark === "";
    const cards = document.createElement("ol");
    cards.className = "cards";
    cards.ariaHidden = "true";
    section.append(heading, cards);
    const scrollPage = new ScrollPage(index, address, section);
    scrollPage.height = height;
    section.addEventListener("keydown", (event) => scrollPage.#hold(event));
    return scrollPage;
  }

  /** How high it is without cards. */
  set height(pixels) {
    this.element.style.blockSize = `${pixels}px`;
  }

  /** Whether its page is here, and its cards are not in the document yet. */
  get isReady() {
    return this.page !== null && !this.isShown;
  }

  /**
   * Reads the page.
   * @param {import("genonaut/pages/reader").PageReader} reader
   * @param {{cards: number, delayMs: number, onReady: () => void}} options how many skeletons stand in for its cards; how
   *   long to wait before the server is asked: the reader may only pass by
   */
  async read(reader, { cards, delayMs, onReady }) {
    const { signal } = this.#controller;
    this.retry = null;
    this.element.tabIndex = 0; // Tab stops here: without cards the next stop would be the footer
    const skeletons = setTimeout(() => this.wait(cards), SKELETON_AFTER_MS);
    signal.addEventListener("abort", () => clearTimeout(skeletons), { once: true });
    try {
      if (delayMs > 0 && reader.peek(this.address) === null) await pause(delayMs);
      if (signal.aborted) return;
      const page = await reader.read(this.address, { signal });
      // Building the cards takes as long as a frame: if they are not waited for, between frames.
      if (page.prepared === null && !this.#isSeen) {
        await idle(LONGEST_PAUSE_MS);
        if (!signal.aborted) page.prepare(0);
      }
      if (signal.aborted) return;
      this.page = page;
      onReady();
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof PageError)) throw error;
      this.fail(error, () => this.read(reader, { cards, delayMs: 0, onReady }));
    } finally {
      clearTimeout(skeletons);
    }
  }

  get #isSeen() {
    const { top, bottom } = this.element.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  }

  /** Shows skeletons. @param {number} cards how many */
  wait(cards) {
    skeletonsIn(this.element, cards);
  }

  /**
   * Says that its page did not come.
   * @param {import("genonaut/pages/reader").PageError} error
   * @param {() => void} retry
   */
  fail(error, retry) {
    this.retry = retry;
    this.element.tabIndex = -1; // its button is a stop
    failureIn(this.element, error, retry);
  }

  /**
   * Puts a page's cards into the document in place of what is there.
   * @param {import("genonaut/pages/page").Page} page
   * @param {number} pictures how many of them are seen at once
   */
  show(page, pictures) {
    const section = page.take(pictures);
    const hadFocus = this.element.contains(document.activeElement);
    this.element.replaceWith(section);
    this.element = section;
    if (hadFocus) section.focus({ preventScroll: true });
    this.page = page;
    this.#settle();
  }

  /** Keeps Tab on a page that is under way: its cards come next. @param {KeyboardEvent} event */
  #hold(event) {
    const isTab = event.key === "Tab" && !(event.shiftKey || event.ctrlKey || event.altKey || event.metaKey);
    if (isTab && this.retry === null) event.preventDefault();
  }

  /** Takes it out of the document, and ends its waiting. */
  remove() {
    this.stop();
    this.element.remove();
  }

  stop() {
    this.#controller.abort();
    // Elements that were not shown are not to stay with a page that the cache keeps.
    if (!this.isShown && this.page !== null) this.page.prepared = null;
  }

  /** Several pages share one document: what may be there once only is taken from the section; its links are for later. */
  #settle() {
    this.isShown = true;
    this.element.removeAttribute("id");
    const pages = this.element.querySelector(".pagination");
    if (pages === null) return;
    pages.hidden = true;
    for (const element of pages.querySelectorAll("[id]")) element.removeAttribute("id");
  }
}
