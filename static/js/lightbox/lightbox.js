/**
 * One work over the list, with the ones before and after it.
 *
 * It is one entry of the session history, however many works are looked at: its address is the work's own, its state
 * names the work, its page and its list. Closing is going back.
 */

import { itemReader } from "genonaut/lightbox/item-reader";
import { PictureTransition } from "genonaut/lightbox/transition";
import { cardOf, hasNeighbour, itemOf, itemOn, neighbourOf, reveal } from "genonaut/list/items";
import { failureIn } from "genonaut/list/placeholders";
import { PageError } from "genonaut/pages/reader";
import { addressOf } from "genonaut/site/addresses";
import { viewer } from "genonaut/site/viewer";

const BUSY_AFTER_MS = 100;
const SEEN_AFTER_MS = 1_000;
// Who moves on sooner leafs through: neither server nor history hear of each work.
const LEAFING_MS = 150;
const FAILURE = { heading: "This work did not come", reasons: { gone: "It is gone, or no longer shown to everybody." } };

export class Lightbox {
  #gallery;
  #dialog;
  #area;
  /** What is shown; null while it is closed. @type {import("genonaut/list/items").Item | null} */
  #item = null;
  /** The item that it was opened with: its card is where it was. */
  #first;
  #listTitle;
  /** Its card, as its page was read. @type {HTMLElement | null} */
  #card = null;
  /** The cards of its page: parsed once, not for each work. @type {{page?: object, cards?: DocumentFragment}} */
  #parsed = {};
  /** How many works are still to be gone while a page is under way. */
  #steps = 0;
  #isMoving = false;
  #isLeaving = false;
  #movedAt = 0;
  #timers = {};
  /** Ends the waiting for a page beside; a new one each time it opens. */
  #opening = new AbortController();
  #transition = new PictureTransition();
  /** @type {import("genonaut/pages/reader").PageReader | null} the works, while it is open */
  #works = null;

  /** @param {import("genonaut/list/gallery").Gallery} gallery @param {HTMLDialogElement} dialog */
  constructor(gallery, dialog) {
    this.#gallery = gallery;
    this.#dialog = dialog;
    this.#area = this.#part("work");
  }

  /** @param {HTMLElement} card */
  open(card) {
    const item = itemOf(this.#gallery, card);
    this.#gallery.noteAnchor();
    this.#write("pushState", item);
    this.#begin(item);
  }

  /** Back and Forward. @param {CustomEvent} event */
  travelled(event) {
    const { list } = this.#gallery.state;
    const state = event.detail.state ?? {};
    if (state.lightbox) {
      event.preventDefault();
      if (state.list === list) this.#reopen(state);
      else location.reload(); // its list is not here: the work's own page
    } else if (this.#item !== null) {
      const isHere = state.list === list && state.address === this.#gallery.page.address;
      if (isHere) event.preventDefault(); // the list lies where it lay
      this.close(isHere);
    }
  }

  /** Closes it by going back. */
  leave() {
    if (this.#item === null || this.#isLeaving) return;
    this.#isLeaving = true;
    history.back();
  }

  /** Takes it off the list. @param {boolean} returns whether to go to the card of the work that was shown last */
  close(returns = false) {
    const item = this.#item;
    if (item === null) return;
    this.#item = null;
    Object.values(this.#timers).forEach(clearTimeout);
    this.#opening.abort();
    this.#works.stop();
    this.#works = this.#card = null; // a dozen articles with their pictures
    this.#parsed = {};
    this.#transition.run(this.#area.querySelector(".work__picture"), async () => {
      this.#dialog.close();
      this.#area.replaceChildren();
      this.#area.dispatchEvent(new Event("workshown"));
      document.title = this.#listTitle;
      if (!returns) return null;
      await reveal(this.#gallery, item, { history: "replace", offset: innerHeight / 4, scrolls: item.id !== this.#first });
      return this.#frameOf(item);
    });
  }

  /** Goes to the work after or before. @param {1 | -1} direction */
  async move(direction) {
    if (this.#isLeaving) return;
    this.#steps += direction;
    if (this.#isMoving) return;
    this.#isMoving = true;
    const { signal } = this.#opening;
    try {
      while (this.#steps !== 0 && this.#item !== null) {
        const step = Math.sign(this.#steps);
        const present = this.#item;
        const item = await neighbourOf(this.#gallery.reader, present, step, { signal });
        if (item === null || this.#item !== present) break;
        this.#steps -= step;
        this.#show(item, step);
      }
    } catch (error) {
      if (!signal.aborted) this.#fail(error, () => this.move(direction));
    } finally {
      this.#steps = 0;
      this.#isMoving = false;
    }
  }

  /** Reads works again that were changed. @param {{ids: string[], settles: boolean}} options `settles`: also the one that is shown */
  refresh({ ids, settles }) {
    if (this.#item === null) return;
    for (const id of ids) this.#works.forget(`${id}/`);
    if (settles && ids.includes(this.#item.id)) this.#settle(this.#item, 1);
  }

  async #reopen({ lightbox: id, address }) {
    const { page, reader } = this.#gallery;
    const item = itemOn(page, id) ?? itemOn(await reader.read(address).catch(() => null), id);
    if (item === null) location.reload();
    else if (history.state?.lightbox === id) this.#begin(item);
  }

  #begin(item) {
    if (this.#item === null) {
      this.#first = item.id;
      this.#listTitle = document.title;
      this.#opening = new AbortController();
      this.#works = itemReader(viewer);
    }
    this.#item = item;
    this.#isLeaving = false;
    this.#dialog.inert = true; // until it is open: keys are for it already
    this.#transition.run(this.#frameOf(item), async () => {
      this.#dialog.inert = false;
      if (this.#item === null) return null;
      if (!this.#dialog.open) this.#dialog.showModal();
      return this.#area.querySelector(".work__picture");
    });
    this.#show(item, 1);
  }

  /** Shows what is known of a work at once, and the whole of it as soon as it is here. */
  #show(item, direction) {
    this.#item = item;
    if (this.#dialog.open) this.#transition.skip();
    Object.values(this.#timers).forEach(clearTimeout);
    const settle = () => this.#item === item && this.#settle(item, direction);
    this.#works.abortAhead(new Set([`${item.id}/`]));
    this.#area.scrollTop = 0; // after the work is put there it would lay it out at once
    this.#caption(item);
    const work = this.#works.peek(`${item.id}/`);
    this.#put(work?.article ?? this.#sketch());
    const now = performance.now();
    if (now - this.#movedAt <= LEAFING_MS) this.#timers.settle = setTimeout(settle, LEAFING_MS);
    else if (work === null) settle();
    else requestAnimationFrame(() => setTimeout(settle)); // painted first: history and server can wait for that
    this.#movedAt = now;
  }

  /** The reader looks at this work. */
  async #settle(item, direction) {
    this.#write("replaceState", item);
    this.#timers.busy = setTimeout(() => this.#area.setAttribute("aria-busy", "true"), BUSY_AFTER_MS);
    try {
      const work = await this.#works.read(`${item.id}/`);
      await this.#transition.finished; // what moves on the screen is not exchanged
      if (this.#item !== item) return;
      this.#put(work.article);
      if (!work.isCounted && viewer) {
        this.#timers.seen = setTimeout(() => work.count(), SEEN_AFTER_MS);
      }
      await this.#readAhead(item, direction);
    } catch (error) {
      if (this.#item === item) this.#fail(error, () => this.#show(item, direction));
    }
  }

  /** Reads the neighbours, the one that the reader goes towards first. */
  async #readAhead(item, direction) {
    if (!("mayPrefetch" in this.#gallery.list.dataset) || navigator.connection?.saveData) return;
    for (const towards of [direction, -direction]) {
      try {
        const other = await neighbourOf(this.#gallery.reader, item, towards, { isAhead: true });
        if (this.#item !== item) return;
        if (other !== null) (await this.#works.readAhead(`${other.id}/`)).prepare();
      } catch {
        // It is not waited for.
      }
    }
  }

  #write(how, { id, page }) {
    history[how]({ lightbox: id, list: this.#gallery.state.list, address: page.address }, "", addressOf("work", id));
  }

  #part(name) {
    return this.#dialog.querySelector(`[data-${name}]`);
  }

  #frameOf({ id }) {
    return cardOf(this.#gallery, id)?.querySelector(".card__frame") ?? null;
  }

  /** Says which work it is, everywhere but in the work itself. */
  #caption(item) {
    const { page, index, id } = item;
    this.#card = this.#cardsOf(page).querySelector(`.card[data-id="${id}"]`);
    const title = this.#card.querySelector(".card__title").textContent.trim();
    document.title = `${title} · Genonaut`;
    this.#part("title").textContent = title;
    this.#part("position").textContent = page.first === null ? ""
      : `Item ${(page.first + index).toLocaleString("en")} of ${page.range.split(" of ").pop().replace(/ \w+$/, "")}`;
    this.#part("open").href = addressOf("work", id);
    for (const button of this.#dialog.querySelectorAll("[data-turn]")) {
      const direction = Number(button.dataset.turn);
      if (direction) button.ariaDisabled = !hasNeighbour(item, direction);
    }
  }

  /** Returns the cards of a page, which may never have been on the screen. */
  #cardsOf(page) {
    if (this.#parsed.page !== page) {
      const template = document.createElement("template");
      template.innerHTML = page.html;
      this.#parsed = { page, cards: template.content };
    }
    return this.#parsed.cards;
  }

  /** Returns what stands for a work while it is under way: its title, and its small picture in its shape. */
  #sketch() {
    const article = this.#part("sketch").content.firstElementChild.cloneNode(true);
    article.querySelector("h1").textContent = this.#part("title").textContent;
    article.dataset.level = this.#card.dataset.level ?? ""; // it is blurred as the card is
    const [width, height] = ["width", "height"].map((name) => this.#card.querySelector("img")?.getAttribute(name));
    if (!width) article.querySelector(".stage").remove();
    else {
      // The card's is a small thumbnail: style sheets make what is larger than the window fit.
      const shape = { viewBox: `0 0 ${width} ${height}`, width: 9 * width, height: 9 * height };
      for (const name in shape) article.querySelector("svg").setAttribute(name, shape[name]);
    }
    return article;
  }

  /** Puts a work, or what stands for it, in the place of the present one. */
  #put(article) {
    this.#rest();
    if (this.#area.firstElementChild === article) return;
    article.querySelector("h1").id = "lightbox-title";
    // The small picture shows until the large one, above it, is decoded.
    const small = this.#card.querySelector("img");
    const under = article.querySelector(".stage") ?? article.querySelector(".work__picture");
    if (small !== null && under !== null) under.style.backgroundImage = `url("${small.src}")`;
    this.#area.firstElementChild?.remove(); // what is said over it stays
    this.#area.prepend(article);
    this.#area.dispatchEvent(new Event("workshown"));
    htmx.process(article);
    if (this.#dialog.open && !this.#dialog.contains(document.activeElement)) this.#area.focus();
  }

  #fail(error, retry) {
    if (!(error instanceof PageError)) throw error;
    if (this.#item === null) return;
    this.#rest();
    failureIn(this.#area.querySelector(".work__side"), error, retry, FAILURE);
  }

  /** Nothing is under way. */
  #rest() {
    clearTimeout(this.#timers.busy);
    this.#area.removeAttribute("aria-busy");
    this.#area.querySelector(".failure")?.remove();
  }
}
