/**
 * One list on the screen: which page is shown, in which layout, and the way to any other. All reading goes through one
 * reader, and all that shows pages (numbers, scrolling, scrubber, history, lightbox) through here.
 *
 * The address is the state: a page is shown because its address was taken, by `show` or by Back and Forward.
 *
 * Events: `pageshown` {page, cards, root} when cards come on screen; `pagechange` {page} when the reader is on another
 * page than before; `pageerror` {address, error}; `replace` {address, anchor} when the list itself is to be another;
 * `travel` {state} before Back or Forward shows the page that a state of the history names: a dialog over the list may
 * cancel it.
 */

import { currentAnchor, scrollToAnchor } from "genonaut/list/scroll-anchor";
import { pageOf } from "genonaut/pages/page";
import { Prefetcher } from "genonaut/pages/prefetcher";
import { PageError, PageReader, listOf } from "genonaut/pages/reader";
import { idle } from "genonaut/site/idle";

/** @typedef {import("genonaut/list/scroll-anchor").ScrollAnchor} ScrollAnchor */

const SKELETON_AFTER_MS = 100;
const ANCHOR_AFTER_MS = 150;
// A reader who has not turned a page for so long has stopped.
const STOPPED_MS = 4_000;

/** @typedef {"push" | "replace" | "keep"} History what becomes of the present entry of the session history */

export class Gallery extends EventTarget {
  #controller = new AbortController();
  /** Ends the waiting for a page that is not wanted any more. */
  #waiting = new AbortController();
  /** The address of the page that is under way; null while none is. */
  #wanted = null;
  #lastTurn = { time: -Infinity, number: null };
  #anchorTimer = 0;
  /** Tells this list, in this layout, from others. */
  #identity;
  /** Of the page that the reader asked for last: perhaps it is still under way, or failed. */
  #address;
  /** The query string by which the present entry of the history names that page. */
  #search = location.search;
  /** Pages a second, signed by direction. */
  speed = 0;

  /**
   * @param {HTMLElement} list the element of the whole list
   * @param {object} options
   * @param {import("genonaut/pages/cache").PageCache} options.cache
   * @param {string} options.viewer who looks: empty for an anonymous reader
   * @param {new (gallery: Gallery) => object} options.Layout shows the pages: NumberedLayout or ScrollLayout
   */
  constructor(list, { cache, viewer, Layout }) {
    super();
    this.list = list;
    this.cache = cache;
    this.reader = new PageReader({ cache, path: list.dataset.works, viewer });
    this.prefetcher = new Prefetcher({ reader: this.reader, isAllowed: "mayPrefetch" in list.dataset });
    /** @type {import("genonaut/pages/page").Page} the page that the reader is on */
    this.page = pageOf(list.querySelector("section.page"));
    this.#address = this.page.address;
    this.layout = new Layout(this);
    this.#identity = `${list.dataset.address} ${this.layoutName} ${listOf(location.search || "?")}`;
  }

  /** The signal that ends all that belongs to this list. */
  get signal() {
    return this.#controller.signal;
  }

  /** The layout's name: `numbers` or `scroll`. */
  get layoutName() {
    return this.list.dataset.layout;
  }

  /** What the session history remembers of the present page. */
  get state() {
    return { list: this.#identity, address: this.#address, anchor: null };
  }

  /** How many cards the window shows at most. */
  get firstScreen() {
    return this.seenFrom(0);
  }

  /**
   * Returns how many of a page's first cards the window shows where the page begins at an offset, by the cards on the screen.
   * @param {number} top in pixels
   */
  seenFrom(top) {
    const cards = this.layout.root.querySelectorAll(".card");
    if (cards.length === 0) return 12;
    const height = window.innerHeight - top;
    const first = cards[0].getBoundingClientRect().top;
    let count = 0;
    while (count < cards.length && cards[count].getBoundingClientRect().top - first < height) count += 1;
    return count;
  }

  /**
   * Takes over the page that the server sent.
   * @param {{anchor?: ScrollAnchor | null, address?: string}} state what the history remembers of it
   */
  start({ anchor = null, address = null } = {}) {
    const { signal } = this;
    this.reader.keep(this.page);
    this.reader.addEventListener("changed", (event) => this.#refresh(event.detail), { signal });
    window.addEventListener("scroll", () => this.#noteAnchorSoon(), { signal, passive: true });
    window.addEventListener("pagehide", () => this.noteAnchor(), { signal });
    this.layout.start(this.page);
    if (anchor !== null && !scrollToAnchor(this.layout.root, anchor) && address !== null && address !== this.page.address) {
      // New items have moved it to another page of the list as it is now; the list as it was first seen still has it.
      this.show(address, { history: "keep", anchor });
    } else {
      this.#arrived(this.page);
    }
    this.#announceShown(this.page);
    if (!window.history.state?.list) this.adopt();
  }

  stop() {
    clearTimeout(this.#anchorTimer);
    this.#controller.abort();
    this.#waiting.abort();
    this.prefetcher.stop();
    this.reader.stop();
    this.layout.stop();
  }

  /** @param {number} number @returns {string | null} the address of a page of this list as it was first seen */
  addressOf(number) {
    return this.page.addressOf(number);
  }

  /** Whether an address is one of this list's pages. @param {URL} url */
  holds(url) {
    return url.origin === location.origin && url.pathname === this.list.dataset.address
      && listOf(url.search || "?") === listOf(location.search || "?") && layoutOf(url.search) === layoutOf(location.search);
  }

  /**
   * Shows a page. A page that is here is shown within this task; else skeletons stand in for it after a moment.
   * @param {string} address its query string
   * @param {{history?: History, anchor?: ScrollAnchor | null}} options where to scroll to
   * @returns {Promise<boolean>} whether it is shown: not if it failed, or another was asked for meanwhile
   */
  async show(address, { history = "push", anchor = null } = {}) {
    this.#waiting.abort();
    this.#waiting = new AbortController();
    const { signal } = this.#waiting;
    if (history !== "keep") this.#travel(address, history);
    this.#wanted = address;
    this.#address = address;
    this.#search = location.search;
    const skeletons = setTimeout(() => this.layout.showLoading(), SKELETON_AFTER_MS);
    try {
      const page = await this.reader.read(address, { signal });
      if (signal.aborted) return false;
      clearTimeout(skeletons);
      this.#wanted = null;
      this.layout.show(page, { anchor });
      this.#arrived(page);
      this.#announceShown(page);
      return true;
    } catch (error) {
      clearTimeout(skeletons);
      if (signal.aborted || this.signal.aborted) return false;
      this.#wanted = null;
      if (!(error instanceof PageError)) throw error;
      const retry = () => this.show(address, { history: "keep", anchor });
      this.layout.showFailure(error, retry);
      if (error.reason === "offline") addEventListener("online", retry, { signal, once: true });
      this.dispatchEvent(new CustomEvent("pageerror", { detail: { address, error } }));
      return false;
    }
  }

  /**
   * Goes to the page after or before the present one, or the one that is under way, if there is one.
   * @param {1 | -1} direction
   */
  turn(direction) {
    const { page } = this;
    const wanted = page.numberAt(this.#wanted);
    let address = direction > 0 ? page.next : page.previous;
    if (wanted !== null) {
      const number = wanted + direction;
      address = number >= 1 && number <= (page.pages ?? Infinity) ? page.addressOf(number) : null;
    }
    return address === null || address === this.#wanted ? Promise.resolve(false) : this.show(address);
  }

  /**
   * Shows the list again with its toolbar, as an address in another layout has it.
   * @param {string} address
   * @param {ScrollAnchor | null} anchor
   */
  replace(address, anchor) {
    this.noteAnchor();
    this.dispatchEvent(new CustomEvent("replace", { detail: { address, anchor } }));
  }

  /**
   * The reader has come to another page by scrolling: the address follows.
   * @param {import("genonaut/pages/page").Page} page
   */
  scrolledTo(page) {
    if (page === this.page || this.#wanted !== null || isCovered()) return;
    this.#stand(page);
    window.history.replaceState(this.state, "", page.address);
    this.#search = location.search;
  }

  /** Names the page in an entry that the browser made, as a link to a fragment does. @returns {boolean} whether it is one */
  adopt() {
    const isOwn = location.pathname === this.list.dataset.address && location.search === this.#search;
    if (!isOwn || this.signal.aborted) return false;
    window.history.replaceState(this.state, "");
    this.noteAnchor();
    return true;
  }

  /**
   * Shows cards that a layout has added; marks and the like are laid over them.
   * @param {import("genonaut/pages/page").Page} page
   * @param {ParentNode} root
   */
  announce(page, root) {
    const cards = [...root.querySelectorAll(".card[data-id]")];
    this.dispatchEvent(new CustomEvent("pageshown", { detail: { page, cards, root } }));
  }

  /** Writes down where the reader is, for Back, Forward and reload. */
  noteAnchor() {
    clearTimeout(this.#anchorTimer);
    // While a page is under way the address is its, and what is on the screen another's.
    if (this.signal.aborted || this.#wanted !== null || isCovered()) return;
    this.layout.settle();
    window.history.replaceState({ ...this.state, anchor: currentAnchor(this.layout.root) }, "");
  }

  /**
   * Reads ahead from a page on.
   * @param {import("genonaut/pages/page").Page} page
   */
  readAhead(page = this.page) {
    const forward = this.speed >= 0;
    const depth = this.prefetcher.depth(this.speed);
    if (depth === 0) return this.prefetcher.want([]);
    const [near, far] = forward ? [page.next, page.previous] : [page.previous, page.next];
    const addresses = [near];
    for (let step = 2; step <= depth; step += 1) {
      const number = page.number + (forward ? step : -step);
      if (page.number !== null && number >= 1 && number <= (page.pages ?? 0)) addresses.push(page.addressOf(number));
    }
    if (!forward) addresses.splice(1, 0, far); // the next one always
    this.prefetcher.want(addresses.filter((address) => address !== null));
  }

  #travel(address, how) {
    if (how === "push") this.noteAnchor();
    this.#address = address;
    const url = address === "?" ? location.pathname : address;
    const isElsewhere = address !== (location.search || "?");
    window.history[how === "push" && isElsewhere ? "pushState" : "replaceState"]({ ...this.state, address }, "", url);
  }

  #noteAnchorSoon() {
    clearTimeout(this.#anchorTimer);
    this.#anchorTimer = setTimeout(() => this.noteAnchor(), ANCHOR_AFTER_MS);
  }

  /** The reader has come to this page by turning to it. */
  #arrived(page) {
    const now = performance.now();
    const { time, number } = this.#lastTurn;
    const steps = number === null || page.number === null ? 1 : page.number - number;
    this.speed = now - time > STOPPED_MS || Math.abs(steps) > 3 ? 0 : (1000 * steps) / Math.max(1, now - time);
    this.#lastTurn = { time: now, number: page.number };
    this.#stand(page);
  }

  /** The reader is on this page: everything that says so follows. */
  #stand(page) {
    this.page = page;
    this.#address = page.address;
    if (page.title) document.title = page.title;
    this.#showRange(page);
    this.#afterPaint(() => {
      if (page !== this.page) return;
      this.prefetcher.pictures = this.firstScreen;
      this.readAhead(page);
      this.dispatchEvent(new CustomEvent("pagechange", { detail: { page } }));
    });
  }

  /** Does what the reader does not wait for once they see what they wait for. */
  #afterPaint(act) {
    requestAnimationFrame(() => idle(100).then(() => this.signal.aborted || act()));
  }

  #showRange(page) {
    const range = this.list.querySelector("[data-range]:not(section)");
    if (range !== null && range.textContent !== page.range) range.textContent = page.range;
    const fresh = this.list.querySelector("[data-new]:not(section)");
    if (fresh === null) return;
    const link = document.createElement("a");
    link.href = withoutMoment(page.prefix ?? page.self);
    link.textContent = `${page.newCount.toLocaleString("en")} new`;
    fresh.replaceChildren(...(page.newCount > 0 ? [" · ", link] : []));
  }

  #announceShown(page) {
    const { root } = this.layout;
    this.#afterPaint(() => root.isConnected && this.announce(page, root));
  }

  /** A page that is shown, or was, has changed on the server. */
  #refresh({ address, page }) {
    const isHere = address === this.page.address;
    // While another page is under way, or has failed, that is what the reader waits for.
    const isShown = this.layoutName === "scroll" || (isHere && this.#address === address);
    if (isShown) this.layout.show(page, { isSame: true });
    if (!isHere || !isShown) return;
    this.page = page;
    this.#showRange(page);
    this.#announceShown(page);
    this.readAhead(page);
  }
}

/** @param {string} query @returns {string} the list as it is now, from its first page on */
function withoutMoment(query) {
  const kept = query.slice(1).split("&").filter((part) => !/^(page|cursor|at|as_of)=/.test(part) && part !== "");
  return `?${kept.join("&")}`;
}

/** Whether a work lies over the list: the present entry of the history, and its address, are the work's then. */
function isCovered() {
  return window.history.state?.lightbox !== undefined;
}

function layoutOf(query) {
  return new URLSearchParams(query).get("view") ?? "numbers";
}
