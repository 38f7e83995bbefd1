/** What is done to works: sent one after the other, said on the page, and undone. */

import { ours } from "genonaut/site/addresses";
import { csrfToken } from "genonaut/site/csrf";

/** Where works are acted on, and where the latest action is undone. */
const { act, undo } = document.body.dataset;

/** What cards and likes make of an action, until they are read again. */
const LIKED = { like: true, unlike: false };

export class Actions {
  #channel = new BroadcastChannel(ours("genonaut"));
  #sent = Promise.resolve();
  #dialog = document.getElementById("lightbox");
  /** @type {Set<string>} works that lists shall read again, once no work is open over them */
  #stale = new Set();

  /** @param {AbortSignal} signal */
  constructor(signal) {
    this.#dialog.addEventListener("close", () => this.#broadcast(), { signal });
  }

  /**
   * Does something to works.
   * @param {string} action @param {string[]} ids @param {Record<string, string>} fields what else the form says
   */
  send(action, ids, fields = {}) {
    const form = new URLSearchParams({ action, ...fields });
    for (const id of ids) form.append("work", id);
    this.#post(act, form);
  }

  /** Takes back what was done last. */
  undo() {
    this.#post(undo, new URLSearchParams());
  }

  /** Sends a form after those before it, so that an undo meets what it is to take back. */
  #post(address, body) {
    this.#sent = this.#sent.then(async () => {
      try {
        const response = await fetch(address, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() }, keepalive: true });
        if (response.status === 204) this.say("There is nothing to undo.");
        else if (response.ok) this.#told(await response.json());
        else this.say(response.status === 403 ? "You are no longer signed in." : "That could not be done.");
      } catch {
        this.say("The site cannot be reached; nothing was done.");
      }
    });
  }

  #told({ action, works, said, is_finished: isFinished, is_undo: isUndo, undo: way, address }) {
    if (!isFinished) {
      location.assign(address);
      return;
    }
    this.say(said, way !== null);
    for (const id of works.map(String)) {
      for (const card of document.querySelectorAll(`.card[data-id="${id}"]`)) {
        card.toggleAttribute("data-trashed", action === "trash" && !isUndo);
      }
      this.#stale.add(id);
      if (action in LIKED) this.#channel.postMessage({ kind: "marks", id: Number(id), liked: LIKED[action] !== isUndo });
    }
    if (!this.#dialog.open && action !== "trash") this.#broadcast();
  }

  /** Has all tabs read again what changed. Works in the trash stay in this list, so that they can be brought back. */
  #broadcast() {
    for (const id of this.#stale) this.#channel.postMessage({ kind: "item", id });
    this.#stale.clear();
  }

  /** Says something over the list, or over the work that is open. @param {string} text @param {boolean} canUndo */
  say(text, canUndo = false) {
    const home = this.#dialog.open ? this.#dialog : document.body;
    const message = document.querySelector(".said") ?? document.createElement("div");
    message.className = "said";
    message.setAttribute("role", "status");
    const words = document.createElement("span");
    words.textContent = text;
    message.replaceChildren(words);
    if (canUndo) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button--quiet";
      button.textContent = "Undo";
      button.addEventListener("click", () => this.undo(), { once: true });
      message.append(button);
    }
    if (message.parentElement !== home) home.append(message);
  }
}
