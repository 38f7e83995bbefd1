/**
 * The reader's likes on the gallery's cards. The page's HTML is the same for everybody: this asks which of the cards on
 * screen the reader likes, draws a heart on each, and sets likes and takes them off.
 */

import { addressOf, marks as addressOfMarks, ours } from "genonaut/site/addresses";
import { csrfToken } from "genonaut/site/csrf";

/** @typedef {{liked: boolean, wanted: boolean, sending: boolean}} Mark What the server has, and what the reader wants. */

/** As many ids as one question about marks takes. */
const MAX_IDS = 200;
const MAX_KNOWN = 5_000;
const HEART = "M12 20s-7.5-4.6-7.5-10.2A4.2 4.2 0 0 1 12 7.4a4.2 4.2 0 0 1 7.5 2.4C19.5 15.4 12 20 12 20z";
const SVG = "http://www.w3.org/2000/svg";

/** What is known of many items; what was used longest ago is forgotten first, but nothing that is being sent. */
export class KnownMarks {
  /** @type {Map<string, Mark>} */
  #marks = new Map();
  #limit;

  /** @param {number} limit */
  constructor(limit) {
    this.#limit = limit;
  }

  get size() {
    return this.#marks.size;
  }

  /** @param {string} id */
  get(id) {
    const mark = this.#marks.get(id);
    if (mark) {
      this.#marks.delete(id);
      this.#marks.set(id, mark);
    }
    return mark;
  }

  /**
   * @param {string} id
   * @param {boolean} liked
   */
  add(id, liked) {
    const mark = { liked, wanted: liked, sending: false };
    this.#marks.delete(id);
    this.#marks.set(id, mark);
    for (const [oldest, { sending }] of this.#marks) {
      if (this.#marks.size <= this.#limit) break;
      if (!sending && oldest !== id) this.#marks.delete(oldest);
    }
    return mark;
  }
}

/**
 * Draw and keep the reader's likes on a gallery's cards, until the signal ends it. Does nothing for who is not signed in.
 *
 * @param {EventTarget} gallery dispatches "pageshown" with `detail.cards`, each `li.card` with `data-id`
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {
  if (!document.body.dataset.viewer || signal.aborted) return;
  const marks = new Marks(signal);
  gallery.addEventListener("pageshown", (event) => marks.show(/** @type {CustomEvent} */ (event).detail.cards), { signal });
}

class Marks {
  #known = new KnownMarks(MAX_KNOWN);
  /** Ids to ask for once this burst of events is over. @type {Set<string>} */
  #unasked = new Set();
  /** Ids on their way. @type {Set<string>} */
  #asked = new Set();
  /** Likes told by other tabs while an answer that may be older is on its way. @type {Map<string, boolean>} */
  #told = new Map();
  #channel = new BroadcastChannel(ours("genonaut"));
  #signal;

  /** @param {AbortSignal} signal */
  constructor(signal) {
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#end(), { once: true });
    this.#channel.addEventListener("message", ({ data }) => this.#hear(data), { signal });
    // One listener for all buttons: cards come and go by the thousand, and the signal would hold on to each of theirs.
    document.addEventListener("click", (event) => this.#click(event), { signal });
    document.addEventListener("htmx:afterSwap", (event) => this.#swapped(event), { signal });
  }

  /** The channel stays open for likes that are still being sent; nothing listens to it any more, and it goes with them. */
  #end() {
    for (const button of document.querySelectorAll(".card__like")) button.remove();
  }

  /** @param {HTMLElement[]} cards */
  show(cards) {
    for (const card of cards) {
      const id = card.dataset.id;
      if (!id) continue;
      const mark = this.#known.get(id);
      if (mark) this.#draw(card, mark);
      else if (!this.#asked.has(id)) this.#ask(id);
    }
  }

  /** @param {string} id */
  #ask(id) {
    if (this.#unasked.size === 0) setTimeout(() => this.#askAll());
    this.#unasked.add(id);
  }

  #askAll() {
    const ids = [...this.#unasked];
    this.#unasked.clear();
    for (let first = 0; first < ids.length; first += MAX_IDS) this.#load(ids.slice(first, first + MAX_IDS));
  }

  /** @param {string[]} ids */
  async #load(ids) {
    if (this.#signal.aborted) return;
    for (const id of ids) this.#asked.add(id);
    try {
      const query = new URLSearchParams(ids.map((id) => ["id", id]));
      const response = await fetch(`${addressOfMarks}?${query}`, { signal: this.#signal });
      if (!response.ok) throw new Error(`${response.status}`);
      const liked = new Set((await response.json()).liked.map(String));
      // What is known by now was set on this page meanwhile: the answer may be older.
      const unknown = ids.filter((id) => !this.#known.get(id));
      for (const id of unknown) this.#learn(id, this.#told.get(id) ?? liked.has(id));
    } catch {
      // Hearts are missing until the cards are shown again; nothing else is.
    } finally {
      for (const id of ids) {
        this.#asked.delete(id);
        this.#told.delete(id);
      }
    }
  }

  /**
   * @param {string} id
   * @param {boolean} liked
   */
  #learn(id, liked) {
    const mark = this.#known.add(id, liked);
    for (const card of cardsOf(id)) this.#draw(card, mark);
  }

  /** @param {unknown} data what another tab, or another module, says to all */
  #hear(data) {
    const said = /** @type {{kind?: unknown, id?: unknown, liked?: unknown} | null} */ (data);
    if (said?.kind !== "marks" || typeof said.liked !== "boolean") return;
    const id = String(said.id);
    if (this.#asked.has(id)) this.#told.set(id, said.liked);
    // What this tab is sending comes later, and is told in turn.
    const mark = this.#known.get(id);
    if (mark && !mark.sending) this.#learn(id, said.liked);
  }

  /** A like that was saved by the work's own form is the card's too, and is told. @param {Event} event */
  #swapped({ target }) {
    const button = target instanceof Element ? target.querySelector("form.mark > [id^=like-]") : null;
    if (button === null) return;
    const said = { kind: "marks", id: Number(button.id.slice("like-".length)), liked: button.ariaPressed === "true" };
    this.#hear(said);
    this.#channel.postMessage(said);
  }

  /**
   * @param {HTMLElement} card
   * @param {Mark} mark
   */
  #draw(card, mark) {
    const button = card.querySelector(".card__like") ?? this.#addButton(card);
    button?.setAttribute("aria-pressed", String(mark.wanted));
  }

  /** @param {HTMLElement} card */
  #addButton(card) {
    const frame = card.querySelector(".card__frame");
    if (!frame) return null;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "card__like";
    button.setAttribute("aria-label", `Like ${card.querySelector(".card__title")?.textContent?.trim() ?? "this work"}`);
    button.append(heart());
    frame.append(button);
    return button;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const button = event.target instanceof Element ? event.target.closest(".card__like") : null;
    const id = /** @type {HTMLElement | null | undefined} */ (button?.closest("li.card"))?.dataset.id;
    if (button && id) this.#toggle(id, button.getAttribute("aria-pressed") === "true");
  }

  /**
   * @param {string} id
   * @param {boolean} shown what the button says
   */
  #toggle(id, shown) {
    // Forgotten meanwhile, where thousands were shown since: what the button says is what was known.
    const mark = this.#known.get(id) ?? this.#known.add(id, shown);
    mark.wanted = !mark.wanted;
    for (const card of cardsOf(id)) this.#draw(card, mark);
    if (!mark.sending) this.#send(id, mark);
  }

  /**
   * Send what is wanted until the server has it: one request at a time, so that the last wish is the last to arrive.
   *
   * @param {string} id
   * @param {Mark} mark
   */
  async #send(id, mark) {
    mark.sending = true;
    try {
      while (mark.liked !== mark.wanted) {
        const liked = mark.wanted;
        await postLike(id, liked);
        mark.liked = liked;
        this.#channel.postMessage({ kind: "marks", id: Number(id), liked });
      }
    } catch (error) {
      if (mark.wanted === mark.liked) return; // Taken back meanwhile: nothing is lost.
      mark.wanted = mark.liked;
      if (!this.#signal.aborted) for (const card of cardsOf(id)) this.#draw(card, mark);
      say(`Your like could not be saved: ${reason(error)}.`);
    } finally {
      mark.sending = false;
    }
  }
}

/**
 * @param {string} id
 * @returns {HTMLElement[]} the item's cards in the page
 */
function cardsOf(id) {
  return [...document.querySelectorAll(`li.card[data-id="${CSS.escape(id)}"]`)].map((card) => /** @type {HTMLElement} */ (card));
}

function heart() {
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("class", "icon");
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  icon.append(document.createElementNS(SVG, "path"));
  icon.firstElementChild?.setAttribute("d", HEART);
  return icon;
}

class StatusError extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`Answered ${status}`);
    this.status = status;
  }
}

/**
 * @param {string} id
 * @param {boolean} liked
 */
async function postLike(id, liked) {
  const response = await fetch(addressOf("like", id), {
    method: "POST",
    body: new URLSearchParams({ on: liked ? "1" : "0" }),
    headers: { "X-CSRFToken": csrfToken() },
    // Neither following the card's link right after nor leaving the list must lose the like: no signal ends it.
    keepalive: true,
  });
  if (!response.ok) throw new StatusError(response.status);
}

/** @param {unknown} error */
function reason(error) {
  if (!(error instanceof StatusError)) return "the site cannot be reached";
  if (error.status === 404) return "the work is gone or private";
  if (error.status === 403) return "you are no longer signed in, or the page is too old";
  return "the site is busy";
}

/** @param {string} text said in the page's status region, in place of what was said before */
function say(text) {
  const message = document.createElement("p");
  message.className = "message";
  message.textContent = text;
  document.querySelector(".messages")?.replaceChildren(message);
}
