/**
 * Reads pages: from the cache where they are, else from the server; each once, however many ask.
 *
 * A stale page is answered at once and read again behind it; `changed` {address, page} tells the list that shows it. The browser's cache
 * asks with If-None-Match: an unchanged page costs the server no rows. What fails is never kept.
 */

import { readPage } from "genonaut/pages/page";
import { pause } from "genonaut/site/idle";

const TIMEOUT_MS = 20_000;
const RETRIES = 2;
const LONGEST_WAIT_MS = 5_000;
const DURATIONS_KEPT = 40;

/** Why a page could not be read: `offline`, `gone`, `signedOut`, `busy` or `failed`. */
export class PageError extends Error {
  /**
   * @param {"offline" | "gone" | "signedOut" | "busy" | "failed"} reason
   * @param {number} status of the answer, 0 without one
   * @param {number} waitMs when the server wants to be asked again
   */
  constructor(reason, status = 0, waitMs = 0) {
    super(`The page could not be read: ${reason} (${status}).`);
    this.reason = reason;
    this.status = status;
    this.waitMs = waitMs;
    /** Whether it was sent for as a prefetch, which the server may refuse. */
    this.wasAhead = false;
  }
}

export class PageReader extends EventTarget {
  /** @type {Map<string, {promise: Promise<import("genonaut/pages/page").Page>, controller: AbortController, isAhead: boolean}>} */
  #underWay = new Map();
  #cache;
  #path;
  #viewer;
  #send;
  #parse;
  /** What the latest answers took, in milliseconds. */
  durations = [];

  /**
   * @param {object} options
   * @param {import("genonaut/pages/cache").PageCache} options.cache
   * @param {string} options.path the address of the fragments, without query string
   * @param {string} options.viewer who looks: empty for an anonymous reader
   * @param {typeof fetch} options.send
   * @param {(html: string, etag: string | null, request: {address: string, wasAhead: boolean}) => object} options.parse
   */
  constructor({ cache, path, viewer, send = (...request) => fetch(...request), parse = readPage }) {
    super();
    this.#cache = cache;
    this.#path = path;
    this.#viewer = viewer;
    this.#send = send;
    this.#parse = parse;
  }

  /**
   * @param {string} address a query string, as in the page's own links
   * @returns {string} what the cache knows the page by
   */
  key(address) {
    return `${this.#viewer} ${this.#path}${address === "?" ? "" : address}`;
  }

  /**
   * @param {string} address
   * @returns {import("genonaut/pages/page").Page | null} the page if it is here; it is not shown yet
   */
  peek(address) {
    return this.#cache.peek(this.key(address))?.page ?? null;
  }

  /**
   * Keeps a page that came in another way.
   * @param {import("genonaut/pages/page").Page} page
   */
  keep(page) {
    this.#cache.put(this.key(page.address), page);
  }

  /**
   * Returns a page to be shown.
   * @param {string} address
   * @param {{signal?: AbortSignal}} options ends the waiting, not what others wait for
   * @returns {Promise<import("genonaut/pages/page").Page>}
   * @throws {PageError}
   */
  async read(address, { signal } = {}) {
    const key = this.key(address);
    const entry = this.#cache.use(key);
    if (entry !== undefined) {
      if (this.#cache.isStale(entry)) this.revalidate(address);
      return entry.page;
    }
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await unless(signal, this.#load(key, address, { isAhead: false }));
      } catch (error) {
        if (signal?.aborted || !(error instanceof PageError)) throw error;
        if (error.wasAhead) continue; // refused as a prefetch: this is none
        if (error.reason !== "busy" || attempt >= RETRIES) throw error;
        await unless(signal, pause(Math.min(error.waitMs, LONGEST_WAIT_MS)));
      }
    }
  }

  /**
   * Reads a page ahead that may be wanted.
   * @param {string} address
   * @returns {Promise<import("genonaut/pages/page").Page>}
   * @throws {PageError}
   */
  async readAhead(address) {
    const key = this.key(address);
    const entry = this.#cache.peek(key);
    if (entry !== undefined && !entry.isStale) return entry.page;
    if (!this.#underWay.has(key)) this.#cache.statistics.prefetches += 1;
    return this.#load(key, address, { isAhead: true });
  }

  /**
   * Ends the reading ahead of all pages but these.
   * @param {Set<string>} addresses
   */
  abortAhead(addresses) {
    const wanted = new Set([...addresses].map((address) => this.key(address)));
    for (const [key, { controller, isAhead }] of this.#underWay) {
      if (!isAhead || wanted.has(key)) continue;
      this.#cache.statistics.wasted += 1;
      this.#underWay.delete(key);
      controller.abort();
    }
  }

  /**
   * Asks whether a page is still as it is here; `changed` tells if not.
   * @param {string} address
   * @returns {Promise<boolean>} whether the server has answered
   */
  async revalidate(address) {
    const key = this.key(address);
    const entry = this.#cache.peek(key);
    if (entry?.isLoading) return true;
    if (entry !== undefined) entry.isLoading = true;
    try {
      const page = await this.#load(key, address, { isAhead: false, known: entry?.page });
      // One that the cache had let go may be another than the one on the screen.
      if (entry === undefined) this.#announce(address, page);
      return true;
    } catch (error) {
      if (error.reason === "gone") this.#cache.delete(key);
      return false;
    } finally {
      if (entry !== undefined) entry.isLoading = false;
    }
  }

  /** Lets go of a page that has changed; what is under way may be older. @param {string} address */
  forget(address) {
    const key = this.key(address);
    this.#underWay.delete(key);
    this.#cache.delete(key);
  }

  /** Ends everything under way. */
  stop() {
    for (const { controller } of this.#underWay.values()) controller.abort();
    this.#underWay.clear();
  }

  /** Returns the page that is under way, or sends for it. */
  #load(key, address, { isAhead, known }) {
    const present = this.#underWay.get(key);
    if (present !== undefined) {
      if (!isAhead && present.isAhead) {
        present.isAhead = false; // it is waited for now, and not to be aborted
        this.#cache.statistics.used += 1;
      }
      return present.promise;
    }
    const controller = new AbortController();
    const request = { controller, isAhead, promise: null };
    request.promise = this.#fetch(address, { request, known }).then((read) => {
      if (this.#underWay.get(key) !== request) return read;
      // What an address without a moment shows is kept by the one with it: it stays as it was first seen.
      const pinned = this.key(read.address);
      const before = this.#cache.peek(pinned)?.page;
      if (before !== undefined && (read === before || read.html === before.html)) {
        this.#cache.confirm(pinned);
        return before;
      }
      this.#cache.put(pinned, read, { isAhead: request.isAhead });
      this.#noticeVersion(key, read);
      if (before !== undefined) this.#announce(read.address, read);
      return read;
    }).finally(() => {
      if (this.#underWay.get(key) === request) this.#underWay.delete(key);
    });
    this.#underWay.set(key, request);
    return request.promise;
  }

  /** Returns the page as it is now: the very one that is known, if that is it. */
  async #fetch(address, { request, known }) {
    const start = performance.now();
    const wasAhead = request.isAhead;
    const { signal } = request.controller;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      request.controller.abort();
    }, TIMEOUT_MS);
    const path = this.#path + (address === "?" ? "" : address);
    let response;
    try {
      response = await this.#send(path, {
        signal,
        credentials: "same-origin",
        priority: wasAhead ? "low" : "auto",
        headers: wasAhead ? { "X-Purpose": "prefetch" } : {},
      });
      if (!response.ok) throw failure(response);
      const etag = response.headers.get("ETag");
      if (etag !== null && etag === known?.etag) return known;
      const page = this.#parse(await response.text(), etag, { address, wasAhead });
      this.#note(performance.now() - start);
      return page;
    } catch (error) {
      if (signal.aborted && !isLate) throw error;
      const reason = response || isLate ? "failed" : "offline";
      const failed = error instanceof PageError ? error : new PageError(reason, response?.status);
      failed.wasAhead = wasAhead;
      throw failed;
    } finally {
      clearTimeout(timer);
    }
  }

  #announce(address, page) {
    this.dispatchEvent(new CustomEvent("changed", { detail: { address, page } }));
  }

  #note(duration) {
    this.durations.push(duration);
    if (this.durations.length > DURATIONS_KEPT) this.durations.shift();
  }

  /** Marks the other pages of the same list stale that were read before it changed. */
  #noticeVersion(key, page) {
    if (page.version === "") return;
    const list = listOf(key);
    this.#cache.markStale((other, { version }) => version !== page.version && listOf(other) === list);
  }
}

/**
 * @param {string} key
 * @returns {string} the list that a page is one of: its address without place and moment
 */
export function listOf(key) {
  const [path, ...query] = key.split("?");
  return `${path}?${inOrder(query.join("?"), ["page", "cursor", "at", "as_of", "view"])}`;
}

/**
 * @param {string} query
 * @param {string[]} left which parameters are left out
 * @returns {string} the others, always in the same order and written in the same way: forms have their own
 */
export function inOrder(query, left = []) {
  const parameters = new URLSearchParams(query);
  for (const name of left) parameters.delete(name);
  parameters.sort();
  return String(parameters);
}

const REASONS = { 401: "signedOut", 403: "signedOut", 404: "gone", 410: "gone", 503: "busy" };

/** @param {Response} response */
function failure(response) {
  const waitMs = 1000 * Number(response.headers.get("Retry-After") ?? 1);
  return new PageError(REASONS[response.status] ?? "failed", response.status, waitMs);
}

/** Waits for a promise unless a signal ends the waiting. */
function unless(signal, promise) {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
