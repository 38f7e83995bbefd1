/**
 * How many items of a list there are in each period that suits it: asked for once for each state of the list. If the
 * server fails it is asked again later, ever more rarely.
 */

const PAUSE_MS = 5_000;
const FIRST_RETRY_MS = 10_000;
const LAST_RETRY_MS = 300_000;

/**
 * @typedef {object} Answer
 * @property {import("genonaut/scrubber/timeline").Period} by
 * @property {number} total
 * @property {string | null} asOf
 * @property {import("genonaut/scrubber/timeline").Bar[]} bars
 */

export class Histogram extends EventTarget {
  #address;
  #signal;
  #state = "";
  #asOf = null;
  #timer = 0;
  #retryMs = FIRST_RETRY_MS;
  #lastTime = -Infinity;
  #request = new AbortController();

  /**
   * Event: `read` with an Answer.
   * @param {string} address without the moment
   * @param {AbortSignal} signal ends it
   */
  constructor(address, signal) {
    super();
    this.#address = address;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#stop(), { once: true });
  }

  /**
   * Asks for the histogram of a state of the list, unless it is known.
   * @param {string | null} asOf the moment that its pages are pinned to
   * @param {number} total what they say that there is
   */
  want(asOf, total) {
    const state = `${asOf} ${total}`;
    if (state === this.#state || this.#signal.aborted) return;
    this.#stop();
    this.#state = state;
    this.#asOf = asOf;
    this.#retryMs = FIRST_RETRY_MS;
    this.#askIn(this.#lastTime + PAUSE_MS - performance.now());
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#request.abort();
  }

  #askIn(ms) {
    this.#timer = setTimeout(() => this.#ask(), Math.max(0, ms));
  }

  async #ask() {
    this.#lastTime = performance.now();
    this.#request = new AbortController();
    const { signal } = this.#request;
    try {
      const answer = await this.#send(signal);
      if (answer !== null) this.dispatchEvent(new CustomEvent("read", { detail: answer }));
    } catch (error) {
      if (signal.aborted) return;
      this.#askIn(Math.max(error.waitMs ?? 0, this.#retryMs));
      this.#retryMs = Math.min(2 * this.#retryMs, LAST_RETRY_MS);
    }
  }

  /** Returns the answer; null if the server will never give it. Raises what may pass. */
  async #send(signal) {
    const url = new URL(this.#address, location.origin);
    if (this.#asOf !== null) url.searchParams.set("as_of", this.#asOf);
    const asOf = this.#asOf;
    const response = await fetch(url, { signal, priority: "low", headers: { Accept: "application/json" } });
    if (response.status === 429 || response.status >= 500) {
      throw Object.assign(new Error(`${response.status}`), { waitMs: 1000 * Number(response.headers.get("Retry-After") ?? 0) });
    }
    if (!response.ok) return null;
    const { by, total_count: total, items: bars } = await response.json();
    return { by, total, asOf, bars };
  }
}
