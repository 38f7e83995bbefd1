/** The picture of a work under hands and keys: zoom, full screen, and what stands there if it does not come. */

import { isPlain, keyOf } from "genonaut/site/input";
import { Zoom } from "genonaut/work/zoom";

const STEP = 1.25;
const PAN = 80;
const SLOP = 4;
const ZOOMED = "work__picture--zoomed";
const ARROWS = { ArrowLeft: [PAN, 0], ArrowRight: [-PAN, 0], ArrowUp: [0, PAN], ArrowDown: [0, -PAN] };

/**
 * @param {HTMLElement} area holds one work after another, and says `workshown` when it has another
 * @param {AbortSignal} signal
 * @param {HTMLDialogElement | null} dialog that the area is in
 */
export function start(area, signal, dialog = null) {
  const stage = new Stage(area);
  const on = (target, kind, listener, options) => target.addEventListener(kind, listener, { signal, ...options });
  on(area, "workshown", () => stage.enter());
  on(area, "error", ({ target }) => stage.failed(target), { capture: true });
  on(area, "click", (event) => stage.clicked(event));
  on(area, "wheel", (event) => stage.turned(event), { passive: false });
  on(area, "dragstart", (event) => stage.dragged(event));
  for (const kind of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) on(area, kind, (event) => stage[kind](event));
  on(document, "keydown", (event) => stage.pressed(event, keyOf(event, dialog)));
  on(document, "fullscreenchange", () => stage.fit());
  on(window, "resize", () => stage.fit());
  stage.enter();
}

class Stage {
  #area;
  /** @type {HTMLElement | null} */
  #frame = null;
  /** @type {Zoom | null} null while the picture fits */
  #zoom = null;
  /** Where a finger or the mouse holds the picture. */
  #hold = null;
  #wasDragged = false;

  constructor(area) {
    this.#area = area;
  }

  get #picture() {
    return this.#frame?.querySelector("img") ?? null;
  }

  /** Begins with the work that the area holds; the one before shows whole when it comes back. */
  enter() {
    this.fit();
    this.#frame = this.#area.querySelector("[data-stage]");
    const full = this.#frame?.querySelector("[data-full]");
    if (full) full.hidden = !document.fullscreenEnabled;
    const picture = this.#picture;
    if (picture?.complete && picture.naturalWidth === 0) this.failed(picture);
  }

  /** Shows the whole picture. */
  fit() {
    this.#zoom = this.#hold = null;
    this.#draw();
  }

  /** A smaller picture may be there if the large one is not; else the page says so. */
  failed(picture) {
    if (picture !== this.#picture) return;
    if (picture.hasAttribute("srcset")) {
      showPlainly(picture);
      return;
    }
    this.#frame.classList.add("work__picture--failed");
    this.#frame.querySelector("[data-failure]").hidden = false;
  }

  clicked(event) {
    const { target } = event;
    if (target.closest("[data-zoom]")) this.#toggle();
    else if (target.closest("[data-full]")) this.#fill();
    // A link that was reached by keys leads to the original.
    else if (target.closest(".stage__link") && isPlain(event) && event.detail > 0) {
      event.preventDefault();
      if (!this.#wasDragged) this.#toggle(this.#pointOf(event));
    }
  }

  /** Pinching a touchpad is turning the wheel with this key. */
  turned(event) {
    if (!event.ctrlKey || !this.#holds(event.target)) return;
    event.preventDefault();
    this.#zoomBy(Math.exp(-event.deltaY / 100), this.#pointOf(event));
  }

  /** What is dragged elsewhere is the original, with all that its generator wrote. */
  dragged(event) {
    const link = event.target.closest?.(".stage__link");
    if (!link) return;
    if (this.#zoom !== null) return event.preventDefault();
    event.dataTransfer.setData("text/uri-list", link.href);
    event.dataTransfer.setData("text/plain", link.href);
  }

  pointerdown(event) {
    this.#wasDragged = false;
    if (this.#zoom === null || event.button !== 0 || !event.target.closest(".stage__link")) return;
    this.#hold = { x: event.clientX, y: event.clientY, id: event.pointerId };
  }

  pointermove(event) {
    const hold = this.#hold;
    if (hold === null || hold.id !== event.pointerId) return;
    const [x, y] = [event.clientX - hold.x, event.clientY - hold.y];
    if (!this.#wasDragged && Math.hypot(x, y) < SLOP) return;
    this.#wasDragged = true;
    Object.assign(hold, { x: event.clientX, y: event.clientY });
    this.#frame.setPointerCapture(hold.id);
    this.#zoom.pan(x, y);
    this.#draw();
  }

  pointerup() {
    this.#hold = null;
  }

  pointercancel() {
    this.#hold = null;
  }

  /** @param {KeyboardEvent} event @param {string | null} key null if it is meant for something else */
  pressed(event, key) {
    const action = this.#frame === null ? undefined : this.#actionOf(key);
    if (action === undefined) return;
    event.preventDefault();
    action();
  }

  #actionOf(key) {
    if (key === "f") return () => this.#fill();
    if (this.#picture === null || key === null) return undefined;
    if (Object.hasOwn(ARROWS, key)) return this.#zoom === null ? undefined : () => this.#pan(...ARROWS[key]);
    return {
      z: () => this.#toggle(),
      "+": () => this.#zoomBy(STEP),
      "=": () => this.#zoomBy(STEP), // the same key without Shift
      "-": () => this.#zoomBy(1 / STEP),
      0: () => this.fit(),
    }[key];
  }

  #toggle(point) {
    this.#open()?.toggle(point);
    this.#draw();
  }

  #zoomBy(factor, point) {
    const zoom = this.#open();
    zoom?.to(zoom.factor * factor, point);
    this.#draw();
  }

  #pan(x, y) {
    this.#zoom.pan(x, y);
    this.#draw();
  }

  /** Returns the zoom, measured when it begins; null if there is no picture to zoom. */
  #open() {
    const picture = this.#picture;
    if (picture === null || picture.naturalWidth === 0) return null;
    if (this.#zoom !== null) return this.#zoom;
    // The attributes are those of the original: what is shown may be its thumbnail.
    const own = {
      width: Number(picture.getAttribute("width")) || picture.naturalWidth,
      height: Number(picture.getAttribute("height")) || picture.naturalHeight,
    };
    const box = picture.getBoundingClientRect();
    const fit = Math.min(box.width / own.width, box.height / own.height);
    const frame = { width: this.#frame.clientWidth, height: this.#frame.clientHeight };
    this.#zoom = new Zoom({ frame, shown: { width: own.width * fit, height: own.height * fit }, picture: own });
    sharpen(picture);
    return this.#zoom;
  }

  #draw() {
    if (this.#zoom?.isFit) this.#zoom = null;
    const zoom = this.#zoom;
    const picture = this.#picture;
    if (picture === null) return;
    picture.style.transform = zoom === null ? "" : `translate(${zoom.x}px, ${zoom.y}px) scale(${zoom.factor})`;
    this.#frame.classList.toggle(ZOOMED, zoom !== null);
    this.#frame.querySelector("[data-zoom]").ariaPressed = String(zoom !== null);
  }

  #holds(target) {
    return this.#frame?.contains(target) && this.#picture !== null;
  }

  /** Returns where the pointer is, from the frame's centre. */
  #pointOf({ clientX, clientY }) {
    const box = this.#frame.getBoundingClientRect();
    return { x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2 };
  }

  /** Fills the screen with the work alone, or takes it back: works can be turned over meanwhile. */
  #fill() {
    const change = document.fullscreenElement ? document.exitFullscreen() : this.#area.requestFullscreen?.();
    change?.catch(() => {}); // the browser may refuse
  }
}

/** Has the original take the thumbnail's place, once it is here. */
async function sharpen(picture) {
  if (!picture.hasAttribute("srcset")) return;
  const original = new Image();
  original.src = picture.closest("a").href;
  try {
    await original.decode();
  } catch {
    return; // the thumbnail stays
  }
  showPlainly(picture, original.src);
}

/** Shows one address alone. */
function showPlainly(picture, address = picture.src) {
  for (const name of ["srcset", "sizes"]) picture.removeAttribute(name);
  picture.src = address;
}
