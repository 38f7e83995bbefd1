/** How a list is shown: numbered pages or endless scroll, at the same item, and how large pictures are. */

import { currentAnchor } from "genonaut/list/scroll-anchor";
import { isPlain } from "genonaut/site/input";
import { preference } from "genonaut/site/preferences";

/** Also read by static/early/page.js, before the page is painted. */
const SIZE = "genonaut.size";

/**
 * @param {import("genonaut/list/gallery").Gallery} gallery
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {
  startSlider(gallery, signal);
  const choices = gallery.list.querySelectorAll("[data-choose-layout]");
  gallery.addEventListener("pagechange", () => {
    for (const link of choices) link.href = inLayout(gallery.page.address, link.dataset.chooseLayout);
  }, { signal });
  for (const link of choices) {
    link.addEventListener("click", (event) => {
      if (!isPlain(event)) return;
      event.preventDefault();
      if (link.dataset.chooseLayout === gallery.layoutName) return;
      gallery.replace(inLayout(gallery.page.address, link.dataset.chooseLayout), currentAnchor(gallery.layout.root));
    }, { signal });
  }
}

/**
 * @param {string} address of a page
 * @param {string} layout
 * @returns {string} of the same page in a layout; parameters in the order of the server's links
 */
function inLayout(address, layout) {
  const parts = address.slice(1).split("&").filter((part) => part !== "" && !part.startsWith("view="));
  const position = parts.filter((part) => /^(page|cursor)=/.test(part));
  const others = parts.filter((part) => !position.includes(part));
  if (layout !== "numbers") others.push(`view=${layout}`);
  return `?${[...others.sort(), ...position].join("&")}`;
}

/** The slider sets the rows' height, which is the style sheet's by the document's `data-size`. */
function startSlider(gallery, signal) {
  const slider = gallery.list.querySelector("[data-sizes]");
  const { dataset } = document.documentElement;
  // Where the reader was before the slider moved: theirs until they scroll, through all sizes there and back.
  let anchor = null;
  let leftAt;
  slider.value = dataset.size ?? 3;
  slider.addEventListener("input", () => {
    if (scrollY !== leftAt) anchor = currentAnchor(gallery.layout.root);
    preference(SIZE, dataset.size = slider.value);
    gallery.layout.resized(anchor);
    leftAt = scrollY;
  }, { signal });
}
