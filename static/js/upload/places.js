/** Where the uploads are that are on their way, by what tells their files: a later visit goes on with them. */

import { ours } from "genonaut/site/addresses";

const KEPT = 500;
const KEY = ours("genonaut.uploads");

/** @returns {Record<string, string>} addresses of uploads that are on their way, by what tells their files */
function all() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}");
  } catch {
    return {};
  }
}

/** @param {string} print @returns {string | undefined} */
export function remembered(print) {
  return all()[print];
}

/** @param {string} print @param {string | null} url null forgets it */
export function remember(print, url) {
  const kept = all();
  delete kept[print];
  if (url !== null) kept[print] = url;
  try {
    localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(Object.entries(kept).slice(-KEPT))));
  } catch {
    // It cannot be resumed after a reload, then.
  }
}
