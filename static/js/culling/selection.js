/**
 * The works that are selected: by key, click, shift and drag. Cards come and go, and so do lists, sorted or filtered in
 * another way; what is selected stays, as long as the document.
 *
 * Events: `change`; `full` {most} when a work is not selected because so many are.
 */

/** As many as one request takes. */
const MOST = 1_000;

/** @type {Selection | null} of this document */
let present = null;

export class Selection extends EventTarget {
  /** @type {Set<string>} */
  #ids = new Set();
  #list;
  #isOn = false;
  /** The card that a range begins with. @type {string | null} */
  #last = null;
  /** The card that a drag began on, and whether it selects or frees those that it meets; null while there is none. */
  #drags = null;

  /** @param {HTMLElement} list what holds the cards @param {AbortSignal} signal */
  constructor(list, signal) {
    super();
    this.#watch(list, signal);
  }

  /** Returns the document's selection, in the list that is shown now. @param {HTMLElement} list @param {AbortSignal} signal */
  static in(list, signal) {
    if (present === null) present = new Selection(list, signal);
    else present.#watch(list, signal);
    return present;
  }

  #watch(list, signal) {
    this.#list = list;
    this.#last = this.#drags = null;
    const boxOf = (event) => event.target.closest?.(".card__pick");
    list.addEventListener("pointerdown", (event) => {
      const box = boxOf(event);
      if (!box || event.button !== 0) return;
      event.stopPropagation(); // a finger that selects turns no page
      // A finger's events would all go to the box where it began, and no other card would hear of it.
      if (box.hasPointerCapture(event.pointerId)) box.releasePointerCapture(event.pointerId);
      this.#drags = { id: box.closest(".card").dataset.id, selects: box.ariaPressed !== "true" };
    }, { signal, capture: true });
    list.addEventListener("pointerover", ({ target, buttons }) => {
      const card = target.closest?.(".card[data-id]");
      if (this.#drags === null || !(buttons & 1) || !card || card.dataset.id === this.#drags.id) return;
      // The card that it began on gets no click, once the pointer has left its box.
      this.set([this.#drags.id, card.dataset.id], this.#drags.selects);
    }, { signal });
    for (const kind of ["pointerup", "pointercancel"]) addEventListener(kind, () => { this.#drags = null; }, { signal });
    // Before the listeners that would open the work.
    list.addEventListener("click", (event) => this.#clicked(event, boxOf(event) ?? this.#boxOfPicture(event)), {
      signal,
      capture: true,
    });
  }

  /** @returns {string[]} */
  get ids() {
    return [...this.#ids];
  }

  /** @param {string} id @returns {boolean} */
  has(id) {
    return this.#ids.has(id);
  }

  get isOn() {
    return this.#isOn;
  }

  /** Shows the boxes, or takes them away with all that is selected. @param {boolean} isOn */
  turn(isOn) {
    this.#isOn = isOn;
    if (!isOn) this.#ids.clear();
    this.draw(this.#cards());
    this.dispatchEvent(new Event("change"));
  }

  /** @param {string} id */
  toggle(id) {
    this.#last = id;
    this.set([id], !this.#ids.has(id));
  }

  /** Selects works, in this order, or frees them. @param {string[]} ids @param {boolean} isSelected */
  set(ids, isSelected) {
    for (const id of ids) {
      if (!isSelected) this.#ids.delete(id);
      else if (this.#ids.size < MOST) this.#ids.add(id);
    }
    if (isSelected && !ids.every((id) => this.#ids.has(id))) {
      this.dispatchEvent(new CustomEvent("full", { detail: { most: MOST } }));
    }
    if (this.#ids.size > 0) this.#isOn = true;
    this.draw(this.#cards());
    this.dispatchEvent(new Event("change"));
  }

  /** Draws the boxes of cards that are shown. @param {HTMLElement[]} cards */
  draw(cards) {
    for (const card of cards) {
      const isSelected = this.#ids.has(card.dataset.id);
      card.toggleAttribute("data-picked", isSelected);
      const box = card.querySelector(".card__pick");
      if (!this.#isOn) box?.remove();
      else (box ?? addBox(card))?.setAttribute("aria-pressed", String(isSelected));
    }
  }

  /** @returns {HTMLElement | null} the box of the card whose picture is clicked: Enter and new tabs open the work still */
  #boxOfPicture({ target, detail, ctrlKey, metaKey, altKey }) {
    if (!this.#isOn || detail === 0 || ctrlKey || metaKey || altKey) return null;
    return target.closest?.(".card__title a")?.closest(".card")?.querySelector(".card__pick") ?? null;
  }

  #clicked(event, box) {
    const id = box?.closest(".card")?.dataset.id;
    if (!id) return;
    event.preventDefault();
    event.stopPropagation();
    const ids = event.shiftKey && this.#last !== null ? this.#range(this.#last, id) : [id];
    this.set(ids, box.ariaPressed !== "true");
    this.#last = id;
  }

  /** @returns {string[]} the ids of the cards on screen from one to another */
  #range(first, last) {
    const ids = this.#cards().map((card) => card.dataset.id);
    const [from, to] = [ids.indexOf(first), ids.indexOf(last)].sort((a, b) => a - b);
    return from < 0 ? [last] : ids.slice(from, to + 1);
  }

  /** @returns {HTMLElement[]} */
  #cards() {
    return [...this.#list.querySelectorAll(".card[data-id]")];
  }
}

/** @param {HTMLElement} card @returns {HTMLButtonElement | null} null if the card has no frame */
function addBox(card) {
  const frame = card.querySelector(".card__frame");
  if (frame === null) return null;
  const box = document.createElement("button");
  box.type = "button";
  box.className = "card__pick";
  box.setAttribute("aria-label", `Select ${card.querySelector(".card__title")?.textContent.trim() ?? "this work"}`);
  frame.append(box);
  return box;
}
