/** One page of a list: what its fragment says of it, and its cards, ready to be shown. */

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** Everything that a page's section says in its data attributes. */
export class Page {
  /** In UTF-8, half of what a string takes that has a dash in it, and beside the heap that is searched for garbage. */
  #html;

  /**
   * @param {string} html the section's markup
   * @param {DOMStringMap} facts the section's data attributes
   * @param {string[]} ids the items on it, in order
   * @param {string | null} etag what the server calls this state of it
   */
  constructor(html, facts, ids, etag) {
    this.#html = ENCODER.encode(html);
    this.ids = ids;
    this.etag = etag;
    /** The page's number, its list's pages, rows and positions: null if unknown. */
    this.number = numberOf(facts.number);
    this.pages = numberOf(facts.pages);
    this.total = numberOf(facts.total);
    this.first = numberOf(facts.first);
    this.last = numberOf(facts.last);
    /** The moment that the list is pinned to, and how many items came since. */
    this.asOf = facts.asOf ?? null;
    this.newCount = numberOf(facts.new) ?? 0;
    /** Changes whenever anything that the list shows does; empty if unknown. */
    this.version = facts.version ?? "";
    this.range = facts.range ?? "";
    this.title = facts.title ?? "";
    /** The query strings of the page itself, and of any numbered page of its list up to the number. */
    this.self = facts.self ?? "?";
    this.prefix = facts.address ?? null;
    this.next = null;
    this.previous = null;
    /** The section as elements, pictures loading, while it is expected to be shown soon. */
    this.prepared = null;
  }

  /** The query string of this page of the list as it was first seen. */
  get address() {
    return this.addressOf(this.number) ?? this.self;
  }

  /**
   * @param {number | null} number
   * @returns {string | null} the query string of a page of the same list; null where it has no numbers
   */
  addressOf(number) {
    return this.prefix === null || number === null ? null : this.prefix + number;
  }

  /**
   * @param {string | null} address
   * @returns {number | null} the number of a page of the same list; null of any other address
   */
  numberAt(address) {
    if (this.prefix === null || !address?.startsWith(this.prefix)) return null;
    return Number(address.slice(this.prefix.length)) || null;
  }

  /** The section's markup. */
  get html() {
    return DECODER.decode(this.#html);
  }

  /** What the page takes in memory, in bytes: its markup, and its facts. */
  get bytes() {
    return this.#html.byteLength + 40 * this.ids.length + 1_000;
  }

  /** @returns {HTMLElement} the page's section as new elements of this document */
  build() {
    const template = document.createElement("template");
    template.innerHTML = this.html;
    return document.importNode(/** @type {HTMLElement} */ (template.content.firstElementChild), true);
  }

  /**
   * Builds the section ahead of time and has its first pictures decoded, so that showing it is one paint.
   * @param {number} pictures how many of them
   */
  async prepare(pictures) {
    if (this.prepared !== null) return;
    this.prepared = this.build();
    await Promise.allSettled(firstPictures(this.prepared, pictures).map((image) => {
      Object.assign(image, { fetchPriority: "low", loading: "eager", decoding: "sync" });
      return image.decode();
    }));
  }

  /**
   * @param {number} pictures how many of the first are seen at once
   * @returns {HTMLElement} the section, prepared if it was; it is given away
   */
  take(pictures) {
    const section = this.prepared ?? this.build();
    this.prepared = null;
    for (const image of firstPictures(section, pictures)) Object.assign(image, { loading: "eager", decoding: "sync" });
    return section;
  }
}

/**
 * @param {string} html a fragment with one section
 * @param {string | null} etag
 * @returns {Page}
 * @throws {Error} if it is none
 */
export function readPage(html, etag) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const section = template.content.querySelector("section.page");
  if (section === null) throw new Error("This is no page of a list.");
  return pageOf(section, etag);
}

/**
 * @param {HTMLElement} section
 * @param {string | null} etag
 * @returns {Page} what a section that is shown, or was read, says
 */
export function pageOf(section, etag = null) {
  const ids = [...section.querySelectorAll(".card")].map((card) => card.dataset.id);
  const page = new Page(section.outerHTML, section.dataset, ids, etag);
  page.next = besideOf(section, "next", page.addressOf(page.number + 1));
  page.previous = besideOf(section, "prev", page.addressOf(page.number - 1));
  return page;
}

function firstPictures(section, count) {
  return [...section.querySelectorAll(".card img")].slice(0, count);
}

/** Returns the address of the page beside one, if there is one: by its number, where that is known. */
function besideOf(section, relation, numbered) {
  const link = section.querySelector(`.pagination a[rel="${relation}"]`);
  return link && (numbered ?? link.getAttribute("href"));
}

/** @param {string | undefined} text */
function numberOf(text) {
  return text === undefined || text === "" ? null : Number(text);
}
