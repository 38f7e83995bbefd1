/** What opens the lightbox, turns its works and closes it: cards, keys, buttons and swipes. */

import { Lightbox } from "genonaut/lightbox/lightbox";
import { isPlain, keyOf } from "genonaut/site/input";
import { startOn } from "genonaut/site/late";
import { Swipe } from "genonaut/site/swipe";

const DIRECTIONS = { ArrowLeft: -1, k: -1, ArrowRight: 1, j: 1 };

/**
 * @param {import("genonaut/list/gallery").Gallery} gallery
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {
  new Controls(gallery, signal).start();
}

class Controls {
  #gallery;
  #signal;
  #dialog = document.getElementById("lightbox");
  #lightbox;

  constructor(gallery, signal) {
    this.#gallery = gallery;
    this.#signal = signal;
    this.#lightbox = new Lightbox(gallery, this.#dialog);
  }

  start() {
    const [gallery, lightbox, dialog] = [this.#gallery, this.#lightbox, this.#dialog];
    this.#on(gallery, "travel", (event) => lightbox.travelled(event));
    this.#on(gallery.list, "click", (event) => this.#clickedInList(event));
    this.#on(window, "keydown", (event) => this.#pressed(event));
    this.#on(dialog, "click", (event) => this.#clicked(event));
    this.#on(dialog, "cancel", (event) => {
      event.preventDefault();
      lightbox.leave();
    });
    this.#on(dialog, "workschanged", ({ detail }) => lightbox.refresh(detail));
    this.#on(dialog, "close", () => lightbox.leave()); // a browser may insist
    this.#startArea(dialog.querySelector("[data-work]"));
    this.#signal.addEventListener("abort", () => lightbox.close());
  }

  #on(target, kind, listener, options) {
    target.addEventListener(kind, listener, { signal: this.#signal, ...options });
  }

  /** Lets works be swiped, and loads their own script with the first. @param {HTMLElement} area what holds them */
  #startArea(area) {
    const signal = this.#signal;
    area.autofocus = true; // in the markup it would ask for the focus of the page itself, as this loads
    // A picture that is larger than its frame is moved in it.
    const followerOf = (target) => target.closest(".work__picture--zoomed") ? null : area.firstElementChild;
    new Swipe(area, signal, { followerOf, turn: (direction) => this.#lightbox.move(direction) });
    const load = () => Promise.all([import("genonaut/work/work")]);
    startOn(area, "workshown", load, ([{ start }]) => start(area, signal, this.#dialog), signal);
  }

  #clickedInList(event) {
    const card = event.target.closest(".card__title a")?.closest(".card");
    if (!card || !isPlain(event)) return;
    event.preventDefault();
    this.#lightbox.open(card);
  }

  #pressed(event) {
    const key = keyOf(event, this.#dialog);
    if (key === "Escape" && this.#dialog.inert) this.#lightbox.leave(); // it opens: the browser closes nothing yet
    const direction = DIRECTIONS[key];
    if (!direction) return;
    event.preventDefault();
    this.#lightbox.move(direction);
  }

  #clicked(event) {
    const direction = Number(event.target.closest("[data-turn]")?.dataset.turn);
    if (direction) this.#lightbox.move(direction);
    else if (direction === 0) this.#lightbox.leave();
  }
}
