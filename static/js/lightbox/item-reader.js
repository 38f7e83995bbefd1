/** Single works, read as pages are; the few that were used last are kept, as the elements that were shown. */

import { PageCache } from "genonaut/pages/cache";
import { PageReader } from "genonaut/pages/reader";
import { addressOf } from "genonaut/site/addresses";

const KEPT = 12;
// Its large picture, decoded, outweighs all else.
const BYTES = 3_000_000;

export class Work {
  bytes = BYTES;
  version = "";

  constructor(html, etag, { address, wasAhead }) {
    Object.assign(this, { html, etag, address });
    /** Sending a work counts as a view of it, unless it was read ahead. */
    this.isCounted = !wasAhead;
  }

  /** @returns {HTMLElement} its article, the same each time */
  get article() {
    const template = document.createElement("template");
    template.innerHTML = this.html;
    const article = document.importNode(template.content.querySelector("article"), true);
    Object.defineProperty(this, "article", { value: article });
    return article;
  }

  /** Has its picture decoded before it is seen. */
  prepare() {
    // One that is missing shows as missing.
    this.article.querySelector(".work__picture img")?.decode().catch(() => {});
  }

  /** Has the server count a view of it. */
  async count() {
    this.isCounted = true;
    const { countView } = await import("genonaut/lightbox/views");
    countView(parseInt(this.address, 10));
  }
}

/** @param {string} viewer @returns {PageReader} a work's address is its number and a slash */
export function itemReader(viewer) {
  const cache = new PageCache({ limit: KEPT * (BYTES + 1000), clock: () => 0 }); // none is stale while they are looked at
  return new PageReader({ cache, path: addressOf("workFragment", "").slice(0, -1), viewer, parse: (...answer) => new Work(...answer) });
}
