/**
 * The pages that were read: the least recently used go first once they take more than the limit.
 *
 * A key is the whole address of a fragment and who looks at it. An entry is `stale` when its list has changed since, or
 * after a while: it still shows, and is read again behind it.
 */

export const DEFAULT_LIMIT = 24 * 1024 * 1024;
export const HIGHEST_LIMIT = 50 * 1024 * 1024;
const FRESH_MS = 60_000;

/**
 * @typedef {object} Entry
 * @property {import("genonaut/pages/page").Page} page
 * @property {number} bytes
 * @property {number} time when it was read, by the clock
 * @property {boolean} isStale
 * @property {boolean} isLoading it is being read again
 * @property {boolean} isAhead it was read ahead, and not asked for yet
 */

export class PageCache {
  /** @type {Map<string, Entry>} in the order of use, the oldest first */
  #entries = new Map();
  #clock;

  /** @param {{limit?: number, clock?: () => number}} options the limit in bytes; a clock in milliseconds */
  constructor({ limit = DEFAULT_LIMIT, clock = Date.now } = {}) {
    this.limit = Math.min(limit, HIGHEST_LIMIT);
    this.#clock = clock;
    this.bytes = 0;
    this.statistics = { hits: 0, misses: 0, evictions: 0, prefetches: 0, used: 0, wasted: 0 };
  }

  get size() {
    return this.#entries.size;
  }

  /** @returns {IterableIterator<[string, Entry]>} the least recently used first */
  entries() {
    return this.#entries.entries();
  }

  /**
   * Looks a page up without using it.
   * @param {string} key
   * @returns {Entry | undefined}
   */
  peek(key) {
    return this.#entries.get(key);
  }

  /**
   * Looks a page up that is to be shown; counts a hit or a miss.
   * @param {string} key
   * @returns {Entry | undefined}
   */
  use(key) {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.statistics.misses += 1;
      return undefined;
    }
    this.statistics.hits += 1;
    if (entry.isAhead) this.statistics.used += 1;
    entry.isAhead = false;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  /** @param {Entry} entry */
  isStale(entry) {
    return entry.isStale || this.#clock() - entry.time > FRESH_MS;
  }

  /**
   * Keeps a page, and lets the oldest go until all fit; one that alone is over the limit is not kept.
   * @param {string} key
   * @param {import("genonaut/pages/page").Page} page
   * @param {{isAhead?: boolean}} options
   */
  put(key, page, { isAhead = false } = {}) {
    this.#forget(key, this.#entries.get(key)?.isAhead && !isAhead ? "used" : null);
    const bytes = page.bytes + 2 * key.length;
    if (bytes > this.limit) return;
    this.#entries.set(key, { page, bytes, time: this.#clock(), isStale: false, isLoading: false, isAhead });
    this.bytes += bytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.bytes <= this.limit) break;
      this.statistics.evictions += 1;
      this.#forget(oldest, entry.isAhead ? "wasted" : null);
    }
  }

  /**
   * Says that a page is as it was when it was read.
   * @param {string} key
   */
  confirm(key) {
    const entry = this.#entries.get(key);
    if (entry !== undefined) Object.assign(entry, { time: this.#clock(), isStale: false });
  }

  /**
   * Marks the pages that something has changed for.
   * @param {(key: string, page: import("genonaut/pages/page").Page) => boolean} isConcerned
   * @returns {number} how many
   */
  markStale(isConcerned) {
    let count = 0;
    for (const [key, entry] of this.#entries) {
      if (!isConcerned(key, entry.page)) continue;
      entry.isStale = true;
      count += 1;
    }
    return count;
  }

  /**
   * Forgets a page that is gone for good.
   * @param {string} key
   */
  delete(key) {
    this.#forget(key, null);
  }

  #forget(key, outcome) {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.bytes -= entry.bytes;
    entry.page.prepared = null;
    if (outcome !== null) this.statistics[outcome] += 1;
  }
}

/** The one cache of this document: whatever list is shown, its pages are kept here. */
export const cache = new PageCache();
