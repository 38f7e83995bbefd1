/**
 * Keeps pages up to date: what came since, what changed here, in another tab or on the server.
 *
 * A page that the server answers after a change of an item says so (list/changes); all tabs of this browser mark the pages
 * that hold the item, and read the one on the screen again.
 */

import { cache } from "genonaut/pages/cache";
import { channel } from "genonaut/site/channel";

const EVERY_MS = 60_000;
// When a list whose length was estimated is asked for again: it is being counted from the first request on.
const COUNTED_MS = [1_500, 5_000];

/**
 * @param {import("genonaut/list/gallery").Gallery} gallery
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {
  const look = () => gallery.reader.revalidate(gallery.page.address);
  const tabs = channel();
  tabs.addEventListener("message", ({ data }) => {
    if (data.kind !== "item") return;
    cache.markStale((key, page) => page.ids.includes(data.id));
    look(); // the item may be new, or belong elsewhere now
  }, { signal });
  const timer = setInterval(() => document.visibilityState === "visible" && look(), EVERY_MS);
  const counted = COUNTED_MS.map((ms) => setTimeout(() => gallery.page?.pages === null && look(), ms));
  signal.addEventListener("abort", () => {
    for (const each of counted) clearTimeout(each);
    clearInterval(timer);
    tabs.close();
  });
  addEventListener("online", look, { signal });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    // While this document was asleep it heard of no change.
    cache.markStale(() => true);
    look();
  }, { signal });
}
