/** One row of the panel of uploads: a file, what became of it, and what can be done about it. */

import { Transfer } from "genonaut/upload/transfer";

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
export const ENDED = ["done", "known", "refused", "failed", "cancelled"];

/** @param {string} tag @param {string} css @param {...(Node | string)} children */
export function make(tag, css, ...children) {
  const element = document.createElement(tag);
  element.className = css;
  element.append(...children);
  return element;
}

/** @param {string} text @param {() => void} act */
export function button(text, act) {
  const made = make("button", "button button--quiet", text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

/** One file of the panel, and the transfer that sends it. */
export class Row {
  state = "waiting";

  /**
   * @param {{turn: () => void, title: HTMLElement}} panel what is told when another may begin
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
    this.again = button("Retry", () => this.resume());
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
      publishes: this.publishes,
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
