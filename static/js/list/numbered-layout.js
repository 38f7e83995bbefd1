/** The layout of one numbered page at a time. */

import { failureIn, skeletonsIn } from "genonaut/list/placeholders";
import { covered, currentAnchor, scrollToAnchor } from "genonaut/list/scroll-anchor";
import { idle } from "genonaut/site/idle";
import { Swipe } from "genonaut/site/swipe";

/** @typedef {import("genonaut/list/scroll-anchor").ScrollAnchor} ScrollAnchor */

/**
 * Leaves what the window does not show for after the first paint: it takes longer than what it does.
 * @param {HTMLElement} section
 * @param {number} seen how many cards the window shows
 */
function layOutLater(section, seen) {
  const later = [...section.querySelectorAll(".card")].slice(seen);
  if (later.length > 0) later.push(...section.querySelectorAll(".pagination__jump"));
  for (const element of later) element.classList.add("later");
  requestAnimationFrame(() => idle(200).then(() => later.forEach((element) => element.classList.remove("later"))));
}

/** Returns what an element of a section is in the section that takes its place. */
function twinOf(element, section) {
  const card = element.closest(".card[data-id]");
  const selector = card ? `.card[data-id="${CSS.escape(card.dataset.id)}"] a` : element.id && `#${CSS.escape(element.id)}`;
  return selector ? section.querySelector(selector) : null;
}

/** Takes along what the reader has typed and not sent yet. */
function keepFields(from, to) {
  for (const field of from.querySelectorAll("input[id]")) {
    const twin = twinOf(field, to);
    if (twin !== null && field.value !== field.defaultValue) twin.value = field.value;
  }
}

export class NumberedLayout {
  #gallery;
  /** @type {HTMLElement} the section that is shown */
  section;

  /** @param {import("genonaut/list/gallery").Gallery} gallery */
  constructor(gallery) {
    this.#gallery = gallery;
    this.section = gallery.list.querySelector("section.page");
  }

  /** What holds the cards that are shown. */
  get root() {
    return this.section;
  }

  /** Lets a finger turn the pages; the one that the server sent is there already. */
  start() {
    const gallery = this.#gallery;
    new Swipe(gallery.list, gallery.signal, {
      followerOf: (target) => target.closest("section.page"),
      turn: (direction) => gallery.turn(direction),
    });
  }

  stop() {}

  /** The page that is shown is the one that the reader is on. */
  settle() {}

  /**
   * Shows a page in place of the present one.
   * @param {import("genonaut/pages/page").Page} page
   * @param {{anchor?: ScrollAnchor | null, isSame?: boolean}} options where to scroll to, the page's top
   *   without one; `isSame`: the same page as it is now, under the reader's eyes
   */
  show(page, { anchor = null, isSame = false } = {}) {
    const kept = isSame ? currentAnchor(this.section) : anchor;
    const focused = this.section.contains(document.activeElement) ? document.activeElement : null;
    const isAtTop = isSame && window.scrollY === 0;
    const seen = this.#gallery.seenFrom(Math.max(this.section.getBoundingClientRect().top, covered()));
    const section = page.take(seen);
    if (kept === null && !isSame) layOutLater(section, seen);
    if (isSame) keepFields(this.section, section);
    this.section.replaceWith(section);
    this.section = section;
    if (!isAtTop && !(kept !== null && scrollToAnchor(section, kept)) && !isSame) this.#toTop();
    if (focused === null) return;
    const same = isSame ? twinOf(focused, section) : null;
    if (same === null) this.#focusLike(focused);
    else same.focus({ preventScroll: true });
  }

  /** All rows have another height. @param {ScrollAnchor | null} anchor what is to stay where it was */
  resized(anchor) {
    if (anchor !== null) scrollToAnchor(this.section, anchor);
  }

  /** Shows that a page is under way. */
  showLoading() {
    skeletonsIn(this.section, this.section.querySelectorAll(".card").length || 24);
    this.#toTop();
  }

  /**
   * Shows that a page did not come, and lets the reader try again.
   * @param {import("genonaut/pages/reader").PageError} error
   * @param {() => void} retry
   */
  showFailure(error, retry) {
    failureIn(this.section, error, retry);
    this.#toTop();
  }

  /** Scrolls up to the first card, unless it can be seen. */
  #toTop() {
    const distance = this.section.getBoundingClientRect().top - covered();
    if (distance < 0) window.scrollBy({ top: distance - 16, behavior: "instant" });
  }

  /** Gives the focus to the same control of the new section, else to the section. */
  #focusLike(element) {
    const { rel } = element;
    const next = rel ? this.section.querySelector(`.pagination a[rel="${CSS.escape(rel)}"]`) : null;
    const target = next ?? this.section.querySelector('.pagination [aria-current="page"]');
    (target && element.closest(".pagination") ? target : this.section).focus({ preventScroll: true });
  }
}
