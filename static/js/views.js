/** The choice between numbered pages and endless scroll: the same list at the same item, in the other view. */

import { isPlain } from "genonaut/links";
import { currentPlace } from "genonaut/place";

/**
 * @param {import("genonaut/gallery").Gallery} gallery
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {
  const choices = gallery.list.querySelectorAll("[data-choose-view]");
  gallery.addEventListener("here", () => {
    for (const link of choices) link.href = inView(gallery.page.address, link.dataset.chooseView);
  }, { signal });
  for (const link of choices) {
    link.addEventListener("click", (event) => {
      if (!isPlain(event)) return;
      event.preventDefault();
      if (link.dataset.chooseView === gallery.viewName) return;
      gallery.replace(inView(gallery.page.address, link.dataset.chooseView), currentPlace(gallery.view.root));
    }, { signal });
  }
}

/**
 * @param {string} address of a page
 * @param {string} view
 * @returns {string} of the same page in a view; parameters in the order of the server's links
 */
function inView(address, view) {
  const parts = address.slice(1).split("&").filter((part) => part !== "" && !part.startsWith("view="));
  const place = parts.filter((part) => /^(page|cursor)=/.test(part));
  const others = parts.filter((part) => !place.includes(part));
  if (view !== "numbers") others.push(`view=${view}`);
  return `?${[...others.sort(), ...place].join("&")}`;
}
