/** What this tab did and can take back: the addresses that undo it, the latest last. They are kept as long as the tab. */

import { ours } from "genonaut/site/addresses";
import { viewer } from "genonaut/site/viewer";

const KEY = ours(`genonaut.undos.${viewer}`);
const MOST = 100;
/** Begins what stands for an action without an answer: the page that sent it may be left before it comes. */
const UNANSWERED = "?";

export class Undos {
  /** Where the browser refuses to keep anything. @type {string[]} */
  #kept = [];

  /** The address that undoes the latest action, or what stands for it; undefined if there is none. */
  get latest() {
    return this.#read().at(-1);
  }

  /** @param {string} address @returns {boolean} whether it only stands for an action that was not answered */
  static isUnanswered(address) {
    return address.startsWith(UNANSWERED);
  }

  /** Notes that an action is sent. @returns {string} what stands for it */
  begin() {
    const mark = UNANSWERED + Math.random();
    this.#write([...this.#read(), mark].slice(-MOST));
    return mark;
  }

  /** Notes what undoes an action. @param {string} mark of `begin` @param {string | null} address null: nothing is to be undone */
  end(mark, address) {
    this.#write(this.#read().flatMap((other) => other !== mark ? [other] : address === null ? [] : [address]));
  }

  /** @param {string} address */
  forget(address) {
    this.#write(this.#read().filter((other) => other !== address));
  }

  /** @returns {string[]} */
  #read() {
    try {
      return JSON.parse(sessionStorage.getItem(KEY)) ?? this.#kept;
    } catch {
      return this.#kept;
    }
  }

  #write(addresses) {
    this.#kept = addresses;
    try {
      sessionStorage.setItem(KEY, JSON.stringify(addresses));
    } catch {
      // This page knows them still.
    }
  }
}
