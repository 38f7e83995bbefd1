/** The panel of uploads: a row for each file, three on their way at once. */

import { ours, root } from "genonaut/site/addresses";
import { broadcast } from "genonaut/site/channel";
import { preference } from "genonaut/site/preferences";
import { worksOf } from "genonaut/upload/companions";
import { button, ENDED, make, Row } from "genonaut/upload/row";
import { formatBytes } from "genonaut/upload/transfer";

const AT_ONCE = 3;
/** What is asked of all files, and where the last answer is kept. */
const SWITCHES = {
  is_private: { key: ours("genonaut.uploads.private"), label: "Private: only you see them" },
  hides_prompt: { key: ours("genonaut.uploads.hides_prompt"), label: "Hide the prompts and the originals" },
  looks_first: { key: ours("genonaut.uploads.looks_first"), label: "Look at them first: others see them once you save titles and tags" },
};
/** How many works the page of titles and tags shows. */
const OF_A_PAGE = 100;

/** @typedef {{files: File[], unread: number, exports: number}} Dropped what was dropped: see `filesOf` */

/** @returns {Dropped} */
const nothing = () => ({ files: [], unread: 0, exports: 0 });

/** @type {Panel | null} */
let panel = null;

/**
 * Asks whether files that were dropped shall become works, and whether private ones.
 * @param {Dropped} dropped
 */
export function offer(dropped) {
  if (dropped.files.length + dropped.unread + dropped.exports > 0) open().ask(dropped);
}

/** Sends the files of the page's form, and empties it. @param {HTMLFormElement} form */
export function send({ elements }) {
  const switches = Object.fromEntries(Object.keys(SWITCHES).map((name) => [name, elements[name].checked]));
  open().add(worksOf([...elements.file.files]), { level: elements.level.value, ...switches });
  elements.file.value = "";
}

function open() {
  if (panel === null || !panel.element.isConnected) panel = new Panel();
  panel.place();
  return panel;
}

class Panel {
  /** @type {Row[]} */
  rows = [];
  /** What is asked about: all that was dropped since the last answer. */
  asked = nothing();
  /** How many rows had become works when lists were last told. */
  #told = 0;
  #closing = new AbortController();

  constructor() {
    this.title = make("h2", "uploads__title", "Uploads");
    this.title.tabIndex = -1;
    this.status = make("p", "uploads__status");
    this.status.setAttribute("role", "status");
    this.question = make("div", "uploads__question");
    this.details = make("p", "uploads__details");
    this.list = make("ul", "uploads__list");
    this.close = button("Close", () => this.end());
    this.element = make("section", "uploads", make("header", "uploads__head", this.title, this.close), this.status, this.question, this.details, this.list);
    this.element.setAttribute("aria-label", "Uploads");
    const { signal } = this.#closing;
    addEventListener("beforeunload", (event) => { if (this.isBusy) event.preventDefault(); }, { signal });
    addEventListener("online", () => this.rows.forEach((row) => row.state === "failed" && row.retry()), { signal });
  }

  /** Puts it where it can be used: on the page, or in the dialog that is open over it, for as long as that is. */
  place() {
    const dialog = [...document.querySelectorAll("dialog:modal")].at(-1);
    const host = dialog ?? document.body;
    if (this.element.parentNode === host) return;
    host.append(this.element);
    dialog?.addEventListener("close", () => this.place(), { once: true, signal: this.#closing.signal });
  }

  /** Takes it from the page: what was not sent stays so. */
  end() {
    this.#closing.abort();
    this.element.remove();
  }

  get isBusy() {
    return this.rows.some(({ state }) => !ENDED.includes(state));
  }

  /** Asks about files, and about those that wait for an answer already. @param {Dropped} dropped */
  ask({ files, unread, exports }) {
    const { asked } = this;
    this.asked = { files: [...asked.files, ...files], unread: asked.unread + unread, exports: asked.exports + exports };
    const parts = this.asked.files.length > 0 ? this.offered() : [];
    if (this.asked.unread > 0) parts.push(make("p", "", `${this.asked.unread.toLocaleString("en")} of what was dropped could not be read.`));
    if (this.asked.exports > 0) parts.push(make("p", "", "What was dropped holds an export: drop its zip, which keeps titles, tags and who sees each work."));
    this.question.replaceChildren(...parts, button("Leave it", () => this.leave()));
    this.question.querySelector("button").focus();
  }

  /** Returns what offers to add the files. */
  offered() {
    const { files } = this.asked;
    const count = `${files.length.toLocaleString("en")} file${files.length === 1 ? "" : "s"}`;
    const bytes = formatBytes(files.reduce((sum, { size }) => sum + size, 0));
    const begin = button(`Add ${count}`, () => this.answer());
    begin.classList.remove("button--quiet");
    return [make("p", "", `${count}, ${bytes}. Add them as works?`), ...this.switches(), begin];
  }

  /** Returns the boxes of the question: as they are if it is asked already, else as the last answer was. */
  switches() {
    return Object.entries(SWITCHES).map(([name, { key, label }]) => {
      const box = make("input", "");
      box.type = "checkbox";
      box.name = name;
      const isPrivate = name === "is_private" && "keepsPrivate" in document.body.dataset;
      box.checked = this.question.querySelector(`[name=${name}]`)?.checked ?? (isPrivate || preference(key) === "1");
      return make("label", "uploads__private", box, label);
    });
  }

  /** Sends what was asked about. */
  answer() {
    const said = Object.fromEntries(Array.from(this.question.querySelectorAll("input"), (box) => [box.name, box.checked]));
    for (const [name, { key }] of Object.entries(SWITCHES)) preference(key, said[name] ? "1" : "0");
    const { files } = this.asked;
    this.forget();
    this.add(files, said);
  }

  /** Leaves what was asked about. */
  leave() {
    this.forget();
    if (this.rows.length === 0) this.end();
  }

  forget() {
    this.asked = nothing();
    this.question.replaceChildren();
  }

  /**
   * Sends files; those that are to be looked at first as private works.
   * @param {File[]} files
   * @param {import("genonaut/upload/transfer").Switches & {looks_first: boolean}} said
   */
  add(files, { looks_first: looksFirst, ...said }) {
    const switches = { ...said, is_private: said.is_private || looksFirst };
    const rows = files.map((file) => new Row(this, file, switches, looksFirst && !said.is_private));
    this.rows.push(...rows);
    this.list.append(...rows.map(({ element }) => element));
    this.title.focus();
    this.turn();
  }

  /** Begins as many as may be on their way, and says how far all are. */
  turn() {
    const active = this.rows.filter(({ isActive }) => isActive).length;
    const waiting = this.rows.filter(({ state }) => state === "waiting");
    for (const row of waiting.slice(0, Math.max(0, AT_ONCE - active))) row.begin();
    this.showProgress();
    this.tellLists();
  }

  /** Has lists on this page and in other tabs read again, once for all that was added. */
  tellLists() {
    const done = this.rows.filter(({ state }) => state === "done");
    if (this.isBusy || done.length === this.#told) return;
    this.#told = done.length;
    broadcast({ kind: "item", id: String(done.at(-1).item ?? "") });
  }

  showProgress() {
    const count = (...states) => this.rows.filter(({ state }) => states.includes(state)).length;
    const total = this.rows.length - count("cancelled");
    const added = count("done", "known");
    const failed = count("refused", "failed");
    const text = `${added} of ${total} added${failed ? `, ${failed} not` : ""}${this.isBusy ? "" : "."}`;
    this.close.hidden = this.isBusy;
    // What is said aloud for each of many files would never end: some tenths of them do.
    const step = Math.max(1, Math.floor(total / 10));
    if (!this.isBusy || (added + failed) % step === 0) this.status.textContent = text;
    this.offerDetails();
  }

  /** Leads to titles and tags of the works that were added, once all are through. */
  offerDetails() {
    const added = this.isBusy ? [] : this.rows.filter(({ state, item }) => state === "done" && item);
    const works = [...new Map(added.map(({ item, publishes }) => [item, publishes ? "publish" : "item"]))];
    const links = [];
    for (let start = 0; start < works.length; start += OF_A_PAGE) {
      const some = works.slice(start, start + OF_A_PAGE);
      const pages = works.length > OF_A_PAGE ? `, ${start + 1} to ${start + some.length}` : "";
      const link = make("a", "button", `Titles and tags${pages}`);
      link.href = `${root}upload/details/?${new URLSearchParams(some.map(([item, name]) => [name, item]))}`;
      // The panel goes with its page, and it alone leads to the other forms.
      if (pages) Object.assign(link, { target: "_blank", rel: "noopener" });
      links.push(link);
    }
    this.details.replaceChildren(...(links.length > 1 ? ["The forms open beside this page:"] : []), ...links);
  }
}
