/** Culling by keys, in the list and over an open work: select, like, rate, tag, put into albums, hide, trash, undo. */

import { Actions } from "genonaut/culling/actions";
import { startBar } from "genonaut/culling/bar";
import { Selection } from "genonaut/culling/selection";
import { reasonOf } from "genonaut/site/failures";
import { keyOf } from "genonaut/site/input";

const RATINGS = "012345";
/** The keys of actions that need nothing more. */
const ACTIONS = { l: "like", p: "publish", h: "hide", Delete: "trash" };
/** The keys of actions that ask for something, with a heading and the fields of the form. */
const ASKING = { t: ["Tag", ["tag"]], a: ["Album", ["album", "album_title"]] };

/**
 * @param {import("genonaut/list/gallery").Gallery} gallery
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {
  const dialog = document.getElementById("lightbox");
  const selection = Selection.in(gallery.list, signal);
  const actions = new Actions(selection, signal);
  gallery.addEventListener("pageshown", ({ detail }) => selection.draw(detail.cards), { signal });
  selection.addEventListener("full", ({ detail: { most } }) => {
    actions.say(`${most.toLocaleString("en")} works are selected, as many as can be at a time.`);
  }, { signal });
  startBar(gallery, selection, actions, signal);
  if (selection.isOn) selection.dispatchEvent(new Event("change")); // chosen in the list before: the cards are drawn as they come
  /** Whether keys mean the open work, or the one that is about to be. */
  const isOver = () => dialog.open || dialog.inert;

  /** The works that a key means: the open one, else the selected ones, else the one that has the focus. */
  const meant = () => {
    if (isOver()) return [openWork(dialog)].filter(Boolean);
    if (selection.ids.length > 0) return selection.ids;
    const card = document.activeElement.closest(".card[data-id]");
    return card === null ? [] : [card.dataset.id];
  };
  const judge = (ids, action, fields) => {
    if (ids.length === 0) return false;
    actions.send(action, ids, fields);
    if (isOver()) dialog.querySelector('[data-turn="1"]').click(); // judged: the next one, please
    return true;
  };
  let isAsking = false;
  const askFor = (ids, heading, fields) => {
    if (ids.length === 0) return false;
    isAsking = true;
    import("genonaut/culling/asking")
      .then(({ ask }) => ask(heading, fields, (action, values) => judge(ids, action, values), signal))
      .catch(() => reasonOf(0))
      .then((reason) => {
        isAsking = false;
        if (reason && !signal.aborted) actions.say(`The form did not come: ${reason}.`);
      });
    return true;
  };
  // What is typed before there is a field for it means nothing else; other keys are the browser's.
  addEventListener("keydown", (event) => {
    const isTyped = event.key.length === 1 && !(event.ctrlKey || event.metaKey || event.altKey);
    if (isAsking && isTyped) event.preventDefault();
  }, { signal, capture: true });
  const select = () => {
    const [id] = isOver() ? meant() : [document.activeElement.closest(".card[data-id]")?.dataset.id];
    if (id === undefined) return false;
    const was = selection.has(id);
    selection.toggle(id);
    if (isOver() && selection.has(id) !== was) actions.say(was ? "No longer selected." : "Selected.");
    return true;
  };
  /** Does what a key stands for. @param {string} key @returns {boolean} whether it stands for anything here */
  const press = (key) => {
    // Over an open work 0 is the size of its picture.
    if (key.length === 1 && RATINGS.includes(key)) return !(isOver() && key === "0") && judge(meant(), "rate", { rating: key });
    if (Object.hasOwn(ACTIONS, key)) return judge(meant(), ACTIONS[key]);
    if (Object.hasOwn(ASKING, key)) return askFor(meant(), ...ASKING[key]);
    if (key === "u") actions.undo();
    return key === "u" || (key === "x" && select());
  };
  addEventListener("keydown", (event) => {
    const key = event.repeat || isAsking ? null : keyOf(event, isOver() ? dialog : null);
    if (key !== null && press(key)) event.preventDefault();
  }, { signal });
}

/** @param {HTMLDialogElement} dialog @returns {string | null} the id of the work that it shows at this moment */
function openWork(dialog) {
  return dialog.querySelector("[data-open]").href.match(/\/content\/(\d+)\/$/)?.[1] ?? null;
}
