/** The slider for how large pictures are shown. The rows' height is the style sheet's, by the document's `data-size`. */

import { currentPlace } from "genonaut/place";
import { setting } from "genonaut/setting";

/** Also read by static/early/size.js, before the page is painted. */
const SETTING = "genonaut.size";

/**
 * @param {import("genonaut/gallery").Gallery} gallery
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {
  const slider = gallery.list.querySelector("[data-sizes]");
  const { dataset } = document.documentElement;
  slider.value = dataset.size ?? slider.defaultValue;
  // Where the reader was before the slider moved: it stays theirs until they scroll, through all sizes there and back.
  let place = null;
  let leftAt = null;
  slider.addEventListener("input", () => {
    if (window.scrollY !== leftAt) place = currentPlace(gallery.view.root);
    dataset.size = slider.value;
    setting(SETTING, slider.value);
    gallery.view.resized(place);
    leftAt = window.scrollY;
  }, { signal });
}
