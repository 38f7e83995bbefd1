/**
 * Reads the pages that are likely next ahead of the reader: the next one at once, more while they move fast, the one that
 * a link under the pointer leads to. Less on a slow connection, nothing where data is to be saved.
 */

import { idle } from "genonaut/site/idle";

const MOST_AHEAD = 3;
const AT_ONCE = 2;
// Pages a second from which on one more, and two more, are read ahead.
const BRISK = 0.6;
const FAST = 1.5;
// Answers, in milliseconds, from which on less is.
const SLOW_MS = 800;
const VERY_SLOW_MS = 2_000;
const PREPARED = 2;

/**
 * @param {object} state
 * @param {number} state.speed pages a second
 * @param {boolean} [state.saveData]
 * @param {string} [state.effectiveType] of navigator.connection, where the browser has it
 * @param {number[]} [state.durations] what the latest answers took, in milliseconds
 * @returns {number} how many pages to read ahead: 0 to 3
 */
export function pagesAhead({ speed, saveData = false, effectiveType = "", durations = [] }) {
  if (saveData || effectiveType === "slow-2g") return 0;
  const wanted = Math.abs(speed) >= FAST ? 3 : Math.abs(speed) >= BRISK ? 2 : 1;
  const slowest = percentile(durations, 0.95);
  const isSlow = effectiveType === "2g" || slowest > VERY_SLOW_MS;
  const bearable = isSlow ? 1 : effectiveType === "3g" || slowest > SLOW_MS ? 2 : MOST_AHEAD;
  return Math.min(wanted, bearable);
}

/**
 * @param {number[]} values
 * @param {number} share from 0 to 1
 * @returns {number} 0 of no values
 */
export function percentile(values, share) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

export class Prefetcher {
  /** @type {string[]} addresses, the most wanted first */
  #queue = [];
  #running = 0;
  #pausedUntil = 0;
  #wanted = new Set();
  /** The pages that are likely next of all: their sections are built ahead as well. */
  #near = new Set();
  /** @type {import("genonaut/pages/page").Page[]} pages whose sections are built, the latest last */
  #prepared = [];
  #reader;
  #connection;
  #isAllowed;
  /** How many pictures a prepared page decodes: those of the first screen. */
  pictures = 12;

  /**
   * @param {object} options
   * @param {import("genonaut/pages/reader").PageReader} options.reader
   * @param {boolean} options.isAllowed whether the site wants any of it
   * @param {{saveData?: boolean, effectiveType?: string}} [options.connection]
   */
  constructor({ reader, isAllowed, connection = navigator.connection ?? {} }) {
    this.#reader = reader;
    this.#isAllowed = isAllowed;
    this.#connection = connection;
  }

  /**
   * @param {number} speed pages a second
   * @returns {number} how many pages it reads ahead at present
   */
  depth(speed) {
    if (!this.#isAllowed) return 0;
    const { saveData, effectiveType } = this.#connection;
    return pagesAhead({ speed, saveData, effectiveType, durations: this.#reader.durations });
  }

  /**
   * Reads pages ahead, the first one first; what was wanted before and is no longer is given up.
   * @param {string[]} addresses
   */
  want(addresses) {
    this.#wanted = new Set(addresses);
    this.#near = new Set(addresses.slice(0, 1));
    this.#queue = [...addresses];
    this.#reader.abortAhead(this.#wanted);
    this.#run();
  }

  /**
   * Reads one more page before all others: a link to it has the pointer or the focus.
   * @param {string} address
   */
  wantFirst(address) {
    if (this.depth(0) === 0 || this.#near.has(address)) return;
    this.#wanted.add(address);
    this.#near.add(address);
    this.#queue.unshift(address);
    this.#run();
  }

  stop() {
    this.#queue = [];
    this.#near.clear(); // what is here already, and waits for a pause to be built
    this.#reader.abortAhead(new Set());
    this.#prepared.forEach((page) => (page.prepared = null));
    this.#prepared = [];
  }

  #run() {
    while (this.#running < AT_ONCE && this.#queue.length > 0 && performance.now() >= this.#pausedUntil) {
      this.#running += 1;
      this.#read(this.#queue.shift()).finally(() => {
        this.#running -= 1;
        this.#run();
      });
    }
  }

  async #read(address) {
    try {
      const page = await this.#reader.readAhead(address);
      await idle(500);
      if (this.#near.has(address)) await this.#prepare(page);
    } catch (error) {
      // It is not waited for. A server under load wants to be left alone for a while.
      if (error.reason === "busy") this.#pausedUntil = performance.now() + error.waitMs;
    }
  }

  /** Builds a page's section and decodes its pictures; of a few pages only, since pictures outweigh all else. */
  async #prepare(page) {
    // Its section may have been taken and shown since: then it is built once more.
    this.#prepared = [...this.#prepared.filter((other) => other !== page), page];
    while (this.#prepared.length > PREPARED) this.#prepared.shift().prepared = null;
    await page.prepare(this.pictures);
  }
}
