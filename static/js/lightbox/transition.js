/** The way from a card's picture to the lightbox's and back: where the browser can, one turns into the other. */

export class PictureTransition {
  /** @type {ViewTransition | undefined} */
  #present;

  /** Settles once nothing moves any more. @returns {Promise<void> | undefined} */
  get finished() {
    return this.#present?.finished;
  }

  /** Ends the movement at once. */
  skip() {
    this.#present?.skipTransition();
  }

  /**
   * Changes what is shown.
   * @param {HTMLElement | null} from the present picture
   * @param {() => Promise<HTMLElement | null>} change returns the other
   */
  run(from, change) {
    this.skip();
    this.#present = undefined;
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!document.startViewTransition || isStill || from === null) return void change();
    let named = from;
    const name = (element, text) => element?.style.setProperty("view-transition-name", text);
    name(from, "work");
    const transition = document.startViewTransition(async () => {
      name(from, "none");
      named = await change();
      name(named, "work");
    });
    this.#present = transition;
    transition.ready.catch(() => {}); // it was skipped
    transition.finished.finally(() => {
      name(named, "none");
      if (this.#present === transition) this.#present = undefined; // it holds on to the work that it showed
    });
  }
}
