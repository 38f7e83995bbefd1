/** Tells the site how often the cache had what was asked for, as the page is left: counts, and nothing of the reader. */

import { cache } from "genonaut/pages/cache";
import { counts } from "genonaut/site/addresses";

let told = { ...cache.statistics };

/** Sends what was counted since it last did. */
function tell() {
  if (document.visibilityState !== "hidden") return;
  const now = { ...cache.statistics };
  const news = Object.keys(now).filter((name) => now[name] > told[name]);
  const form = new URLSearchParams(news.map((name) => [name, now[name] - told[name]]));
  if (news.length > 0 && navigator.sendBeacon(counts, form)) told = now;
}

/** Does nothing on a site that does not want the counts. */
export function start() {
  if (counts !== undefined) document.addEventListener("visibilitychange", tell);
}
