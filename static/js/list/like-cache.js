/** The likes that are known of many items: the least recently used go first, but none that is being sent. */

/**
 * @typedef {object} Like
 * @property {boolean} saved what the server has
 * @property {boolean} wanted what the reader wants
 * @property {boolean} isSending
 */

export class LikeCache {
  /** @type {Map<string, Like>} by the item's id, in the order of use, the oldest first */
  #likes = new Map();
  #limit;

  /** @param {number} limit how many */
  constructor(limit) {
    this.#limit = limit;
  }

  get size() {
    return this.#likes.size;
  }

  /** @param {string} id @returns {Like | undefined} */
  get(id) {
    const like = this.#likes.get(id);
    if (like === undefined) return undefined;
    this.#likes.delete(id);
    this.#likes.set(id, like);
    return like;
  }

  /** Forgets all likes but those that are being sent. */
  clear() {
    for (const [id, { isSending }] of this.#likes) if (!isSending) this.#likes.delete(id);
  }

  /** @param {string} id @param {boolean} saved @returns {Like} */
  add(id, saved) {
    const like = { saved, wanted: saved, isSending: false };
    this.#likes.delete(id);
    this.#likes.set(id, like);
    for (const [oldest, { isSending }] of this.#likes) {
      if (this.#likes.size <= this.#limit) break;
      if (!isSending && oldest !== id) this.#likes.delete(oldest);
    }
    return like;
  }
}
