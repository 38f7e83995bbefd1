/** The panel of uploads: a row for each file, three on their way at once. */

import { ours, root } from "genonaut/site/addresses";
import { preference } from "genonaut/site/preferences";
import { worksOf } from "genonaut/upload/companions";
import { formatBytes, Transfer } from "genonaut/upload/transfer";

const AT_ONCE = 3;
/** What is asked of all files, and where the last answer is kept. */
const SWITCHES = {
  is_private: { key: ours("genonaut.uploads.private"), label: "Private: only you see them" },
  hides_prompt: { key: ours("genonaut.uploads.hides_prompt"), label: "Hide the prompts and the originals" },
  looks_first: { key: ours("genonaut.uploads.looks_first"), label: "Look at them first: others see them once you save titles and tags" },
};
/** How many works the page of titles and tags shows. */
const OF_A_PAGE = 100;

/** What a row says of its file, by state. */
const SAID = {
  waiting: "Waiting",
  checking: "Checking whether you have it",
  sending: "Sending",
  paused: "Paused",
  processing: "Reading it",
  unpacking: "Unpacking",
  done: "Added",
  known: "You had it already",
  refused: "Refused",
  failed: "Not sent",
};
const ENDED = ["done", "known", "refused", "failed", "cancelled"];

/** @type {Panel | null} */
let panel = null;

/**
 * Asks whether files that were dropped shall become works, and whether private ones.
 * @param {File[]} files
 */
export function offer(files) {
  if (files.length > 0) open().ask(files);
}

/** Sends the files of the page's form, and empties it. @param {HTMLFormElement} form */
export function send({ elements }) {
  const switches = Object.fromEntries(Object.keys(SWITCHES).map((name) => [name, elements[name].checked]));
  open().add(worksOf([...elements.file.files]), { level: elements.level.value, ...switches });
  elements.file.value = "";
}

/**
 * Walks folders that were dropped.
 * @param {(FileSystemEntry | File | null)[]} entries
 * @returns {Promise<File[]>} all works in them: hidden files are passed over, what belongs to a work goes with it
 */
export async function filesOf(entries) {
  const files = [], below = [];
  for (const entry of entries) {
    if (entry instanceof File) files.push(entry);
    else if (entry?.isFile && !entry.name.startsWith(".")) files.push(await new Promise((resolve, reject) => { entry.file(resolve, reject); }));
    else if (entry?.isDirectory && !entry.name.startsWith(".")) below.push(...await filesOf(await childrenOf(entry)));
  }
  return [...worksOf(files), ...below];
}

/** @param {FileSystemDirectoryEntry} folder @returns {Promise<FileSystemEntry[]>} all of its entries: it tells some at a time */
async function childrenOf(folder) {
  const reader = folder.createReader();
  const children = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (some.length === 0) return children;
    children.push(...some);
  }
}

function open() {
  if (panel === null || !panel.element.isConnected) panel = new Panel();
  return panel;
}

/** @param {string} tag @param {string} css @param {...(Node | string)} children */
function make(tag, css, ...children) {
  const element = document.createElement(tag);
  element.className = css;
  element.append(...children);
  return element;
}

/** @param {string} text @param {() => void} act */
function button(text, act) {
  const made = make("button", "button button--quiet", text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

class Panel {
  /** @type {Row[]} */
  rows = [];

  constructor() {
    this.title = make("h2", "uploads__title", "Uploads");
    this.title.tabIndex = -1;
    this.status = make("p", "uploads__status");
    this.status.setAttribute("role", "status");
    this.question = make("div", "uploads__question");
    this.details = make("p", "uploads__details");
    this.list = make("ul", "uploads__list");
    this.close = button("Close", () => this.element.remove());
    this.element = make("section", "uploads", make("header", "uploads__head", this.title, this.close), this.status, this.question, this.details, this.list);
    this.element.setAttribute("aria-label", "Uploads");
    document.body.append(this.element);
    addEventListener("beforeunload", (event) => { if (this.isBusy) event.preventDefault(); });
    addEventListener("online", () => this.rows.forEach((row) => row.state === "failed" && row.retry()));
  }

  get isBusy() {
    return this.rows.some(({ state }) => !ENDED.includes(state));
  }

  /** @param {File[]} files */
  ask(files) {
    const boxes = Object.entries(SWITCHES).map(([name, said]) => {
      const box = make("input", "");
      box.type = "checkbox";
      box.name = name;
      const isPrivate = name === "is_private" && "keepsPrivate" in document.body.dataset;
      box.checked = isPrivate || preference(said.key) === "1";
      return box;
    });
    const bytes = formatBytes(files.reduce((sum, { size }) => sum + size, 0));
    const count = `${files.length.toLocaleString("en")} file${files.length === 1 ? "" : "s"}`;
    const begin = button(`Add ${count}`, () => {
      for (const box of boxes) preference(SWITCHES[box.name].key, box.checked ? "1" : "0");
      this.question.replaceChildren();
      this.add(files, Object.fromEntries(boxes.map((box) => [box.name, box.checked])));
    });
    begin.classList.remove("button--quiet");
    const text = make("p", "", `${count}, ${bytes}. Add them as works?`);
    const labels = boxes.map((box) => make("label", "uploads__private", box, SWITCHES[box.name].label));
    this.question.replaceChildren(text, ...labels, begin, button("Leave it", () => {
      this.question.replaceChildren();
      if (this.rows.length === 0) this.element.remove();
    }));
    begin.focus();
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
      links.push(link);
    }
    this.details.replaceChildren(...links);
  }
}

class Row {
  state = "waiting";

  /**
   * @param {Panel} panel
   * @param {File} file
   * @param {import("genonaut/upload/transfer").Switches} switches
   * @param {boolean} publishes whether the work is to be shown to all once its title and tags are saved
   */
  constructor(panel, file, switches, publishes) {
    this.panel = panel;
    this.file = file;
    this.switches = switches;
    this.publishes = publishes;
    this.name = make("span", "uploads__name", file.name);
    this.said = make("span", "uploads__said");
    this.bar = make("progress", "uploads__bar");
    this.bar.max = 1;
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", file.name);
    this.hold = button("Pause", () => (this.state === "paused" ? this.resume() : this.pause()));
    this.again = button("Retry", () => this.retry());
    this.drop = button("Cancel", () => this.cancel());
    this.element = make("li", "uploads__row", this.name, this.said, this.bar, make("span", "uploads__actions", this.hold, this.again, this.drop));
    for (const each of [this.hold, this.again, this.drop]) each.setAttribute("aria-label", `${each.textContent} ${file.name}`);
    this.show("waiting");
  }

  get isActive() {
    return ["checking", "sending", "processing", "unpacking"].includes(this.state);
  }

  /** @param {string} state @param {string} [detail] */
  show(state, detail = "") {
    this.state = state;
    this.said.textContent = detail || SAID[state] || "";
    this.element.dataset.state = state;
    this.hold.hidden = !["checking", "sending", "paused", "waiting"].includes(state);
    this.hold.textContent = state === "paused" ? "Resume" : "Pause";
    this.hold.setAttribute("aria-label", `${this.hold.textContent} ${this.file.name}`);
    this.again.hidden = state !== "failed";
    this.drop.hidden = ["done", "known", "refused", "processing", "unpacking"].includes(state);
    this.bar.hidden = ENDED.includes(state);
  }

  async begin() {
    this.transfer = new Transfer(this.file, {
      switches: this.switches,
      onState: (state, detail) => this.show(state, detail),
      onProgress: (part) => { this.bar.value = part; },
    });
    this.show("checking");
    const { transfer } = this;
    const { state, detail, url, item } = await transfer.run();
    if (transfer !== this.transfer) return; // it was paused, and another goes on
    if (state === "stopped") {
      this.panel.turn();
      return;
    }
    this.item = item;
    this.show(state, detail);
    if (url) {
      const link = make("a", "uploads__name", this.file.name);
      link.href = url;
      this.name.replaceWith(link);
    }
    this.panel.turn();
  }

  pause() {
    this.show("paused");
    this.transfer?.stop();
    this.panel.turn();
  }

  resume() {
    this.retry();
    this.hold.focus();
  }

  retry() {
    this.transfer = undefined;
    this.show("waiting");
    this.panel.turn();
  }

  cancel() {
    this.show("cancelled");
    this.transfer?.discard();
    this.element.remove();
    this.panel.title.focus();
    this.panel.turn();
  }
}
