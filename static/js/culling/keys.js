/** Culling by keys, in the list and over an open work: select, rate, trash, undo. */

import { Actions } from "genonaut/culling/actions";
import { startBar } from "genonaut/culling/bar";
import { Selection } from "genonaut/culling/selection";
import { keyOf } from "genonaut/site/input";

const RATINGS = "012345";

/**
 * @param {import("genonaut/list/gallery").Gallery} gallery
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {
  const dialog = document.getElementById("lightbox");
  const selection = new Selection(gallery.list, signal);
  const actions = new Actions(signal);
  gallery.addEventListener("pageshown", ({ detail }) => selection.draw(detail.cards), { signal });
  startBar(gallery, selection, actions, signal);

  /** The works that a key means: the open one, else the selected ones, else the one that has the focus. */
  const meant = () => {
    if (dialog.open) return [openWork(dialog)].filter(Boolean);
    if (selection.ids.length > 0) return selection.ids;
    const card = document.activeElement.closest(".card[data-id]");
    return card === null ? [] : [card.dataset.id];
  };
  const judge = (action, fields) => {
    const ids = meant();
    if (ids.length === 0) return false;
    actions.send(action, ids, fields);
    if (dialog.open) dialog.querySelector('[data-turn="1"]').click(); // judged: the next one, please
    return true;
  };
  const keys = {
    x: () => {
      const [id] = dialog.open ? meant() : [document.activeElement.closest(".card[data-id]")?.dataset.id];
      if (id === undefined) return false;
      selection.toggle(id);
      if (dialog.open) actions.say(selection.ids.includes(id) ? "Selected." : "No longer selected.");
      return true;
    },
    u: () => {
      actions.undo();
      return true;
    },
    Delete: () => judge("trash"),
  };
  addEventListener("keydown", (event) => {
    const key = event.repeat ? null : keyOf(event, dialog.open ? dialog : null);
    if (key === null) return;
    // Over an open work 0 is the size of its picture.
    const isRating = key.length === 1 && RATINGS.includes(key) && !(dialog.open && key === "0");
    const isDone = isRating ? judge("rate", { rating: key }) : Object.hasOwn(keys, key) && keys[key]();
    if (isDone) event.preventDefault();
  }, { signal });
}

/** @param {HTMLDialogElement} dialog @returns {string | null} the id of the work that it shows at this moment */
function openWork(dialog) {
  return dialog.querySelector("[data-open]").href.match(/\/content\/(\d+)\/$/)?.[1] ?? null;
}
