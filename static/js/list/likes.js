/**
 * The reader's likes on the gallery's cards. The page's HTML is the same for all readers: this module asks which of the
 * cards on screen the reader likes, draws a heart on each, and sets likes and takes them off.
 */

import { LikeCache } from "genonaut/list/like-cache";
import { cache as pages } from "genonaut/pages/cache";
import { addressOf, marks as addressOfLikes } from "genonaut/site/addresses";
import { channel } from "genonaut/site/channel";
import { csrfToken } from "genonaut/site/csrf";
import { reasonOf } from "genonaut/site/failures";
import { say } from "genonaut/site/message";

/** @typedef {import("genonaut/list/like-cache").Like} Like */

/** As many ids as one question about likes takes. */
const MAX_IDS = 200;
const MAX_KNOWN = 5_000;
const HEART = "M12 20s-7.5-4.6-7.5-10.2A4.2 4.2 0 0 1 12 7.4a4.2 4.2 0 0 1 7.5 2.4C19.5 15.4 12 20 12 20z";
const SVG = "http://www.w3.org/2000/svg";

/**
 * Does nothing for an anonymous reader.
 * @param {EventTarget} gallery dispatches `pageshown` with `detail.cards`, each `li.card` with `data-id`
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {
  if (!document.body.dataset.viewer || signal.aborted) return;
  const likes = new Likes(signal);
  gallery.addEventListener("pageshown", ({ detail }) => likes.show(detail.cards), { signal });
}

class Likes {
  #cache = new LikeCache(MAX_KNOWN);
  /** @type {Set<string>} ids to ask for once this burst of events is over */
  #queue = new Set();
  /** @type {Set<string>} ids that the server is being asked for */
  #loading = new Set();
  /** @type {Map<string, boolean>} likes that other tabs sent while an answer that may be older is under way */
  #newer = new Map();
  #channel = channel();
  #signal;

  /** @param {AbortSignal} signal */
  constructor(signal) {
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#end(), { once: true });
    this.#channel.addEventListener("message", ({ data }) => this.#onMessage(data), { signal });
    // One listener for all buttons: cards come and go by the thousand, and the signal would hold on to each of theirs.
    document.addEventListener("click", (event) => this.#onClick(event), { signal });
    addEventListener("pageshow", ({ persisted }) => persisted && this.#wake(), { signal });
  }

  /** Removes the hearts. The channel stays open for likes that are still being sent, and is collected with them. */
  #end() {
    for (const button of document.querySelectorAll(".card__like")) button.remove();
  }

  /** @param {HTMLElement[]} cards */
  show(cards) {
    for (const card of cards) {
      const { id } = card.dataset;
      if (!id) continue;
      const like = this.#cache.get(id);
      if (like !== undefined) draw(card, like);
      else if (!this.#loading.has(id)) this.#loadSoon(id);
    }
  }

  /** Asks again for what is shown: while this document was asleep it heard of no like. */
  #wake() {
    this.#cache.clear();
    this.show([...document.querySelectorAll("li.card:has(.card__like)")]);
  }

  #loadSoon(id) {
    if (this.#queue.size === 0) setTimeout(() => this.#loadAll());
    this.#queue.add(id);
  }

  #loadAll() {
    const ids = [...this.#queue];
    this.#queue.clear();
    for (let first = 0; first < ids.length; first += MAX_IDS) this.#load(ids.slice(first, first + MAX_IDS));
  }

  /** Asks which of some items the reader likes. @param {string[]} ids */
  async #load(ids) {
    if (this.#signal.aborted) return;
    for (const id of ids) this.#loading.add(id);
    try {
      const query = new URLSearchParams(ids.map((id) => ["id", id]));
      const response = await fetch(`${addressOfLikes}?${query}`, { signal: this.#signal });
      if (!response.ok) throw new StatusError(response.status);
      const liked = new Set((await response.json()).liked.map(String));
      // What the cache has by now was set on this page meanwhile: the answer may be older.
      const unknown = ids.filter((id) => this.#cache.get(id) === undefined);
      for (const id of unknown) this.#learn(id, this.#newer.get(id) ?? liked.has(id));
    } catch {
      // Hearts are missing until the cards are shown again; nothing else is.
    } finally {
      for (const id of ids) {
        this.#loading.delete(id);
        this.#newer.delete(id);
      }
    }
  }

  #learn(id, saved) {
    drawAll(id, this.#cache.add(id, saved));
  }

  /** @param {unknown} message of another tab, or another module */
  #onMessage(message) {
    if (message?.kind !== "marks" || typeof message.liked !== "boolean") return;
    const id = String(message.id);
    markStale(id);
    if (this.#loading.has(id)) this.#newer.set(id, message.liked);
    // A like that this tab is sending comes later, and is broadcast in turn.
    const like = this.#cache.get(id);
    if (like !== undefined && !like.isSending) this.#learn(id, message.liked);
  }

  /** @param {MouseEvent} event */
  #onClick({ target }) {
    const button = target.closest?.(".card__like") ?? null;
    const id = button?.closest("li.card")?.dataset.id;
    if (id) this.#toggle(id, button.ariaPressed === "true");
  }

  /** @param {string} id @param {boolean} isPressed what the button shows */
  #toggle(id, isPressed) {
    // Evicted meanwhile, if thousands were shown since: what the button shows is what was known.
    const like = this.#cache.get(id) ?? this.#cache.add(id, isPressed);
    like.wanted = !like.wanted;
    drawAll(id, like);
    if (!like.isSending) this.#send(id, like);
  }

  /** Sends one request at a time until the server has what is wanted, so that the last wish is the last to arrive. */
  async #send(id, like) {
    like.isSending = true;
    try {
      while (like.saved !== like.wanted) {
        const liked = like.wanted;
        await postLike(id, liked);
        like.saved = liked;
        markStale(id);
        this.#channel.postMessage({ kind: "marks", id: Number(id), liked });
      }
    } catch (error) {
      if (like.wanted === like.saved) return; // Taken back meanwhile: nothing is lost.
      like.wanted = like.saved;
      if (!this.#signal.aborted) drawAll(id, like);
      say(`Your like could not be saved: ${reasonOf(error instanceof StatusError ? error.status : 0)}.`);
    } finally {
      like.isSending = false;
    }
  }
}

/** Has pages that hold an item read again when they are shown: their markup counts its likes. @param {string} id */
function markStale(id) {
  pages.markStale((key, page) => page.ids.includes(id));
}

/** Draws a like on all cards of an item. @param {string} id @param {Like} like */
function drawAll(id, like) {
  for (const card of document.querySelectorAll(`li.card[data-id="${CSS.escape(id)}"]`)) draw(card, like);
}

/** @param {HTMLElement} card @param {Like} like */
function draw(card, { wanted }) {
  const button = card.querySelector(".card__like") ?? addButton(card);
  const was = button?.getAttribute("aria-pressed") ?? null;
  button?.setAttribute("aria-pressed", String(wanted));
  // What the server counted has the like that it told of; a click is added to it.
  if (was !== null && was !== String(wanted)) addToCount(card, wanted ? 1 : -1);
}

/** @param {HTMLElement} card @param {number} step */
function addToCount(card, step) {
  const count = card.querySelector(".card__likes");
  if (count === null) return;
  count.dataset.likes = String(Math.max(0, Number(count.dataset.likes) + step));
  count.lastElementChild.textContent = Number(count.dataset.likes).toLocaleString("en");
}

/** @param {HTMLElement} card @returns {HTMLButtonElement | null} null if the card has no frame */
function addButton(card) {
  const frame = card.querySelector(".card__frame");
  if (frame === null) return null;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "card__like";
  button.setAttribute("aria-label", `Like ${card.querySelector(".card__title")?.textContent.trim() ?? "this work"}`);
  button.append(heart());
  frame.append(button);
  return button;
}

function heart() {
  const icon = document.createElementNS(SVG, "svg");
  icon.setAttribute("class", "icon");
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", HEART);
  icon.append(path);
  return icon;
}

class StatusError extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`Answered ${status}`);
    this.status = status;
  }
}

/** @param {string} id @param {boolean} liked @throws {StatusError} if the server refuses it */
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
