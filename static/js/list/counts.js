/** What the cache of pages does: told to the site as a page is left, and shown to developers who ask. */

import { cache } from "genonaut/pages/cache";
import { preference } from "genonaut/site/preferences";

/** Where the cache of pages is counted; undefined if it is not. */
const { counts } = document.body.dataset;

/** What was told, of the counts that are above zero. @type {Record<string, number>} */
let told = {};

/** Sends what was counted since it last did: counts, and nothing of the reader. */
function tell() {
  if (document.visibilityState !== "hidden") return;
  const now = { ...cache.statistics };
  const since = Object.entries(now).map(([name, count]) => [name, count - (told[name] ?? 0)]);
  const form = new URLSearchParams(since.filter(([, count]) => count > 0));
  if (form.size > 0 && navigator.sendBeacon(counts, form)) told = now;
}

// Not on a site that does not want the counts.
if (counts !== undefined) document.addEventListener("visibilitychange", tell);

/**
 * Has the figures shown once they are asked for.
 * @param {import("genonaut/list/gallery").Gallery} opened
 * @param {AbortSignal} signal
 */
export function start(opened, signal) {
  const button = document.querySelector("[data-statistics]");
  const bring = async () => {
    const { start: show } = await import("genonaut/list/cache-stats");
    if (!signal.aborted) show(opened, signal);
  };
  if (preference("genonaut.statistics") === "on") bring();
  else button.addEventListener("click", () => bring().then(() => button.click()), { signal, once: true });
}
