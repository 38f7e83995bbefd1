/** The items of a list in their order, across the borders of its pages. */

import { pageOf } from "genonaut/pages/page";

/** @typedef {{page: import("genonaut/pages/page").Page, index: number, id: string}} Item `index`: on its page, from 0 */

/** @returns {Item | null} null if there is no page, or it lacks the item */
export function itemOn(page, id) {
  const index = page?.ids.indexOf(id) ?? -1;
  return index < 0 ? null : { page, index, id };
}

/** @param {import("genonaut/list/gallery").Gallery} gallery @param {HTMLElement} card @returns {Item} */
export function itemOf({ page, reader }, card) {
  const { id } = card.dataset;
  // Of other pages that are shown, the one that was read knows its neighbours, whatever a layout has made of its section.
  const shown = page.ids.includes(id) ? page : pageOf(card.closest("section.page"));
  return itemOn(reader.peek(shown.address), id) ?? itemOn(shown, id);
}

/** Returns the address of the page beside an item's, if the item is the last one on that side of its own. */
function addressBeside({ page }, direction) {
  return direction > 0 ? page.next : page.previous;
}

/** @param {Item} item @param {1 | -1} direction @returns {boolean} whether there is one after or before it */
export function hasNeighbour(item, direction) {
  return item.index + direction in item.page.ids || addressBeside(item, direction) !== null;
}

/**
 * @param {import("genonaut/pages/reader").PageReader} reader
 * @param {Item} item
 * @param {1 | -1} direction
 * @param {{signal?: AbortSignal, isAhead?: boolean}} options `isAhead`: it is not waited for yet
 * @returns {Promise<Item | null>} null at the list's end
 * @throws {import("genonaut/pages/reader").PageError} if it is on a page that does not come
 */
export async function neighbourOf(reader, item, direction, { signal, isAhead = false } = {}) {
  const beside = item.index + direction;
  if (beside in item.page.ids) return itemOn(item.page, item.page.ids[beside]);
  const address = addressBeside(item, direction);
  if (address === null) return null;
  const page = await (isAhead ? reader.readAhead(address) : reader.read(address, { signal }));
  return itemOn(page, page.ids.at(direction > 0 ? 0 : -1));
}

/** @param {import("genonaut/list/gallery").Gallery} gallery @param {string} id @returns {HTMLElement | null} */
export function cardOf(gallery, id) {
  return gallery.layout.root.querySelector(`.card[data-id="${id}"]`);
}

/**
 * Gives the focus to an item's card, and shows it, its page first.
 * @param {import("genonaut/list/gallery").Gallery} gallery
 * @param {Item} item
 * @param {{history?: import("genonaut/list/gallery").History, offset?: number, scrolls?: boolean}} options what becomes of the
 *   history if another page is shown, and how far below the header the card is then
 */
export async function reveal(gallery, { page, id }, { history, offset, scrolls = true }) {
  if (cardOf(gallery, id) === null) {
    const isFirst = page.ids[0] === id && offset === undefined;
    await gallery.show(page.address, { history, anchor: isFirst ? null : { id, offset: offset ?? innerHeight / 2 } });
  }
  const card = cardOf(gallery, id);
  if (scrolls) card?.scrollIntoView({ block: "nearest", behavior: "instant" });
  card?.querySelector(".card__title a").focus({ preventScroll: true });
}
