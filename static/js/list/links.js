/** The links and forms that lead to other pages of the list: all become `show`. */

import { isPlain } from "genonaut/site/input";

/**
 * @param {import("genonaut/list/gallery").Gallery} gallery
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {
  const { list } = gallery;
  list.addEventListener("click", (event) => onClick(gallery, event), { signal });
  list.addEventListener("submit", (event) => onSubmit(gallery, event), { signal });
  for (const kind of ["pointerover", "focusin"]) {
    list.addEventListener(kind, (event) => {
      const address = addressOf(gallery, event.target.closest?.("a[href]"));
      if (address !== null) gallery.prefetcher.wantFirst(address);
    }, { signal, passive: true });
  }
}

/** Returns the address of the page that a link leads to, if it is one of the list's. */
function addressOf(gallery, link) {
  if (!link || link.hasAttribute("hx-get") || link.hasAttribute("data-choose-layout")) return null;
  // A page that was reached by a cursor, and knows its number, has neighbours by number: as such they are kept.
  const { next, previous } = gallery.page;
  const beside = link.closest(".pagination") && { next, prev: previous }[link.rel];
  if (beside) return beside;
  const url = new URL(link.href);
  return gallery.holds(url) ? url.search || "?" : null;
}

function onClick(gallery, event) {
  const link = event.target.closest("a[href]");
  const address = addressOf(gallery, link);
  if (address === null || !isPlain(event) || event.defaultPrevented) return;
  event.preventDefault();
  gallery.show(address);
}

/** The boxes for a page's number and for a date. */
function onSubmit(gallery, event) {
  const form = event.target;
  if (!form.closest(".pagination__jump")) return;
  event.preventDefault();
  const data = new FormData(form);
  const number = Number(data.get("page"));
  const address = number ? gallery.addressOf(number) : `?${new URLSearchParams(data)}`;
  gallery.show(address);
}
