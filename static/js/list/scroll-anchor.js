/** The scroll anchor, where a reader is: the item at the top of the window, and its distance from there in pixels. */

/**
 * @typedef {object} ScrollAnchor
 * @property {string} id the item's
 * @property {number} offset from the lower edge of what covers the top of the window, in CSS pixels
 */

/** @returns {number} how much of the window's top the header covers once the reader has scrolled */
export function covered() {
  const header = document.querySelector(".masthead");
  return header === null ? 0 : header.offsetHeight + parseFloat(getComputedStyle(header).top);
}

/**
 * @param {ParentNode} root
 * @returns {HTMLElement | null} the first card that is not wholly above the window
 */
export function topCard(root) {
  const top = covered();
  const cards = root.querySelectorAll(".card[data-id]");
  // Rows follow one another downwards: a search by halves asks for few of their boxes.
  let low = 0;
  let high = cards.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cards[middle].getBoundingClientRect().bottom > top + 1) high = middle;
    else low = middle + 1;
  }
  return cards[low] ?? null;
}

/**
 * @param {ParentNode} root
 * @returns {ScrollAnchor | null} null where nothing is shown, or the window is at the very top
 */
export function currentAnchor(root) {
  const card = window.scrollY > 0 ? topCard(root) : null;
  return card === null ? null : { id: card.dataset.id, offset: card.getBoundingClientRect().top - covered() };
}

/**
 * Scrolls so that the item is where it was.
 * @param {ParentNode} root
 * @param {ScrollAnchor} anchor
 * @returns {boolean} whether it is there
 */
export function scrollToAnchor(root, anchor) {
  const card = root.querySelector(`.card[data-id="${CSS.escape(anchor.id)}"]`);
  if (card === null) return false;
  const distance = card.getBoundingClientRect().top - covered() - anchor.offset;
  if (Math.abs(distance) >= 0.5) window.scrollBy({ top: distance, behavior: "instant" });
  return true;
}
