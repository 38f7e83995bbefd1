/** What is done to works: sent one after the other, said on the page, and undone. */

import { Undos } from "genonaut/culling/undos";
import { channel } from "genonaut/site/channel";
import { csrfToken } from "genonaut/site/csrf";
import { reasonOf } from "genonaut/site/failures";
import { say } from "genonaut/site/message";

/** Where works are acted on. */
const { act } = document.body.dataset;

/** What cards and likes make of an action, until they are read again. */
const LIKED = { like: true, unlike: false };

export class Actions {
  #channel = channel();
  #sent = Promise.resolve();
  #dialog = document.getElementById("lightbox");
  #undos = new Undos();
  #selection;
  /** @type {Set<string>} works that lists shall read again, once no work is open over them */
  #stale = new Set();

  /** @param {import("genonaut/culling/selection").Selection} selection @param {AbortSignal} signal */
  constructor(selection, signal) {
    this.#selection = selection;
    this.#dialog.addEventListener("close", () => this.#broadcast(), { signal });
  }

  /**
   * Does something to works. Those that go to the trash are selected no longer: no later key means them.
   * @param {string} action @param {string[]} ids @param {Record<string, string>} fields what else the form says
   */
  send(action, ids, fields = {}) {
    const form = new URLSearchParams({ action, ...fields });
    for (const id of ids) form.append("work", id);
    const freed = action === "trash" ? this.#selection.ids.filter((id) => ids.length === 0 || ids.includes(id)) : [];
    if (freed.length > 0) this.#selection.set(freed, false);
    this.#inTurn(async () => {
      const mark = this.#undos.begin();
      const told = await this.#post(act, form);
      if (told !== undefined) this.#undos.end(mark, told?.undo ?? null);
      if (told) this.#told(told);
      else if (freed.length > 0) this.#selection.set(freed, true);
    });
  }

  /** Takes back what an address undoes; without one, what this tab did last. @param {string} [address] */
  undo(address) {
    this.#inTurn(async () => {
      const way = address ?? this.#undos.latest;
      if (way === undefined) {
        this.say("There is nothing to undo.");
      } else if (Undos.isUnanswered(way)) {
        this.#undos.forget(way); // the next key means the action before it
        this.say("It is not known what became of the last action, so it is not undone.");
      } else {
        const told = await this.#post(way, new URLSearchParams());
        if (told !== undefined) this.#undos.forget(way);
        if (told) this.#told(told);
      }
    });
  }

  /** Does something after what was asked for before it, so that an undo meets what it is to take back. */
  #inTurn(work) {
    this.#sent = this.#sent.then(work);
  }

  /** @returns {Promise<object | null | undefined>} what it came to; null: it was refused, undefined: that is not known */
  async #post(address, body) {
    try {
      const response = await fetch(address, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() }, keepalive: true });
      if (response.ok) return await response.json();
      this.say(await refusalOf(response));
      return response.status < 500 ? null : undefined;
    } catch {
      this.say("The site cannot be reached.");
      return undefined;
    }
  }

  #told({ action, works, said, is_finished: isFinished, is_undo: isUndo, undo: way, address }) {
    if (!isFinished) {
      location.assign(address);
      return;
    }
    this.say(said, way);
    for (const id of works.map(String)) {
      for (const card of document.querySelectorAll(`.card[data-id="${id}"]`)) {
        card.toggleAttribute("data-trashed", action === "trash" && !isUndo);
      }
      this.#stale.add(id);
      if (action in LIKED) this.#channel.postMessage({ kind: "marks", id: Number(id), liked: LIKED[action] !== isUndo });
    }
    this.#refresh(works.map(String));
    if (!this.#dialog.open && action !== "trash") this.#broadcast();
  }

  /** Has an open work show what became of it, unless something is typed into it. @param {string[]} ids */
  #refresh(ids) {
    const fields = [...this.#dialog.querySelectorAll("[data-work] :is(input, textarea)")];
    const settles = fields.every((field) => field.value === field.defaultValue);
    this.#dialog.dispatchEvent(new CustomEvent("workschanged", { detail: { ids, settles } }));
  }

  /** Has all tabs read again what changed. Works in the trash stay in this list, so that they can be brought back. */
  #broadcast() {
    for (const id of this.#stale) this.#channel.postMessage({ kind: "item", id });
    this.#stale.clear();
  }

  /** @param {string} text @param {string | null} way undoes it */
  say(text, way = null) {
    say(text, way === null ? null : () => this.undo(way));
  }
}

/** @param {Response} response @returns {Promise<string>} why it was refused */
async function refusalOf(response) {
  if (response.status === 403) return "You are no longer signed in.";
  const told = response.status === 400 ? await response.json().catch(() => null) : null;
  return told?.said ?? `That could not be done: ${reasonOf(response.status)}.`;
}
