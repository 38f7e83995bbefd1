/** The keyboard: pages, cards, search, help. */

import { itemOf, neighbourOf, reveal } from "genonaut/list/items";
import { topCard } from "genonaut/list/scroll-anchor";
import { PageError } from "genonaut/pages/reader";
import { keyOf } from "genonaut/site/input";

/**
 * @param {import("genonaut/list/gallery").Gallery} gallery
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {
  const help = import("genonaut/list/help").then(({ start }) => start(signal));
  const turn = (direction) => turnPage(gallery, direction);
  const walk = walker(gallery, signal);
  /** What a key does; false if it is the browser's after all. */
  const actions = {
    ArrowLeft: () => turn(-1),
    ArrowRight: () => turn(1),
    Home: () => goToEnd(gallery, "first", 1),
    End: () => goToEnd(gallery, "last", gallery.page.pages),
    j: () => walk(1),
    k: () => walk(-1),
    "/": focusSearch,
    "?": () => help.then((dialog) => dialog.showModal()),
  };
  addEventListener("keydown", (event) => {
    if (doOnce(actions, event)) event.preventDefault();
  }, { signal });
}

function doOnce(actions, event) {
  const key = keyOf(event);
  if (!Object.hasOwn(actions, key) || (event.repeat && !"jk".includes(key))) return false;
  return actions[key]() !== false;
}

/** Turns a page; endless scroll goes to it, and the history stays one entry. */
function turnPage(gallery, direction) {
  const address = direction > 0 ? gallery.page.next : gallery.page.previous;
  if (gallery.layoutName === "numbers") gallery.turn(direction);
  else if (address !== null) gallery.show(address, { history: "replace" });
}

/** Shows the list's first or last page, unless it is shown: there the key is the browser's. */
function goToEnd(gallery, relation, number) {
  const link = gallery.list.querySelector(`.pagination a[rel="${relation}"]`);
  const address = gallery.page.addressOf(number) ?? link?.getAttribute("href");
  const isShown = number !== null && gallery.page.number === number;
  if (!address || isShown) return false;
  gallery.show(address);
}

/** Returns what moves the focus from card to card, one step at a time; the first is the one at the window's top. */
function walker(gallery, signal) {
  let isUnderWay = false;
  return async (direction) => {
    const present = document.activeElement.closest(".card[data-id]");
    const card = present ?? topCard(gallery.layout.root);
    if (isUnderWay || card === null) return;
    isUnderWay = true;
    try {
      const item = itemOf(gallery, card);
      const other = present === null ? item : await neighbourOf(gallery.reader, item, direction, { signal });
      if (other !== null) await reveal(gallery, other, { history: gallery.layoutName === "numbers" ? "push" : "replace" });
    } catch (error) {
      if (!signal.aborted && !(error instanceof PageError)) throw error;
    } finally {
      isUnderWay = false;
    }
  };
}

function focusSearch() {
  const search = document.getElementById("search");
  search.focus();
  search.select();
}
