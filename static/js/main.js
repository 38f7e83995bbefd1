/** What the site's pages load: brings the list on the page to life, and the one that htmx puts in its place. */

import { start as startLightbox } from "genonaut/lightbox/controls";
import { Gallery } from "genonaut/list/gallery";
import { start as startKeys } from "genonaut/list/keys";
import { start as startLayout } from "genonaut/list/layout";
import { start as startLinks } from "genonaut/list/links";
import { NumberedLayout } from "genonaut/list/numbered-layout";
import { cache } from "genonaut/pages/cache";
import { inOrder } from "genonaut/pages/reader";
import { start as startScrubber } from "genonaut/scrubber/scrubber";
import { isPlain } from "genonaut/site/input";
import { startOn } from "genonaut/site/late";
import { broadcastViewer, reloadForOthers, viewer } from "genonaut/site/viewer";

/** What works with any list; each is started with it, and ended by its signal. */
const PARTS = [
  startLinks, startLayout, startFilters, startScrubber, startLightbox, startKeys, startBlurs, startLater,
];

/** Has the filters say how many works they let through, once they are open. */
function startFilters(opened, signal) {
  const details = opened.list.querySelector("details:has(.filters)");
  const bring = async () => {
    const { start } = await import("genonaut/forms/filters");
    if (!signal.aborted) start(opened, signal);
  };
  if (details?.open) bring(); // before this module was here
  else details?.addEventListener("toggle", bring, { signal, once: true });
}

/** Draws blurred pictures until the pictures come, in lists of works that have such. */
function startBlurs(opened, signal) {
  opened.addEventListener("pageshown", async ({ detail: { cards, root } }) => {
    if (root.querySelector("[data-thumbhash]") === null) return;
    const { draw } = await import("genonaut/list/blurs");
    if (!signal.aborted) draw(cards, signal);
  }, { signal });
}

/** Starts what the reader does not wait for. */
function startLater(opened, signal) {
  for (const part of [import("genonaut/list/freshness"), import("genonaut/list/counts")]) {
    part.then(({ start }) => signal.aborted || start(opened, signal));
  }
}

/** What the server sent this document for (early/page.js), which may not be where the reader is by now. */
const { sentFor } = document;
// What causes a request for a list that the history remembers: its detail is what that knows of it.
const TRAVEL = "genonaut:travel";
/** @type {Gallery | null} */
let gallery = null;

async function begin(state) {
  gallery?.stop();
  const list = document.getElementById("list");
  if (list === null) return;
  const isScroll = list.dataset.layout === "scroll";
  const Layout = isScroll ? (await import("genonaut/scroll/scroll-layout")).ScrollLayout : NumberedLayout;
  if (!list.isConnected) return; // another list has come meanwhile
  tidyAddress(list);
  gallery = new Gallery(list, { cache, viewer, Layout });
  history.scrollRestoration = "manual";
  for (const start of PARTS) start(gallery, gallery.signal);
  gallery.addEventListener("replace", ({ detail }) => {
    history.pushState({ list: null }, "", detail.address);
    load({ anchor: detail.anchor });
  }, { signal: gallery.signal });
  gallery.start({ anchor: state?.anchor ?? null, address: state?.address ?? null });
  if (viewer !== "") startLikes(gallery, gallery.signal);
}

/** Lays the viewer's likes over the cards, and has keys select and judge works: for those who can. */
function startLikes(opened, signal) {
  const load = () => Promise.all([import("genonaut/list/likes"), import("genonaut/culling/keys")]);
  startOn(opened, "pageshown", load, (parts) => {
    for (const { start } of parts) start(opened, signal);
    opened.announce(opened.page, opened.layout.root);
  }, signal);
  load().catch(() => {}); // while the page is painted
}

/** Brings the list that the address names. @param {object} state what the history remembers of it */
function load(state) {
  const list = document.getElementById("list");
  gallery.stop(); // it must not write its scroll anchor into an entry that is another list's
  const event = new CustomEvent(TRAVEL, { detail: state });
  const request = { source: list, target: "#list", swap: "outerHTML", event };
  htmx.ajax("GET", list.dataset.list + location.search, request).catch(() => {}); // given up for another
}

/** Takes from the address what the list does not read: shared links gather parameters of others. */
function tidyAddress({ dataset: { query } }) {
  if (inOrder(query) === inOrder(location.search)) return;
  history.replaceState(history.state, "", location.pathname + (query && `?${query}`) + location.hash);
}

/** Returns the page's address for the one that its fragment was asked by; parameters without a value say nothing. */
function pageAddress(list, requestPath) {
  const query = new URL(requestPath, location.origin).search.slice(1).split("&").filter((part) => !/(^|=)$/.test(part));
  return list.dataset.address + (query.length ? `?${query.join("&")}` : "");
}

/** The page of one work. */
async function beginWork(work) {
  const { start } = await import("genonaut/work/work");
  start(work, new AbortController().signal); // as long as the document
}

addEventListener("popstate", (event) => {
  if (gallery === null) {
    // A work that was opened over a list and then reloaded has the list's entries in its own document.
    if (location.pathname !== new URL(sentFor, location.origin).pathname) location.reload();
    return;
  }
  const { state } = event;
  if (state === null && gallery.adopt()) return; // a place on the same page
  htmx.trigger("#list", "htmx:abort"); // a list that is under way would come to another address
  if (!gallery.dispatchEvent(new CustomEvent("travel", { detail: { state }, cancelable: true }))) return;
  const isHere = state?.list === undefined || state.list === gallery.state.list;
  if (isHere && !gallery.signal.aborted) {
    gallery.show(state?.address ?? (location.search || "?"), { history: "keep", anchor: state?.anchor ?? null });
    return;
  }
  if (state?.lightbox) location.reload(); // no list is here that it could lie over: the work's own page
  else load(state ?? {});
});

document.addEventListener("htmx:beforeRequest", () => gallery?.noteAnchor());

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "list" && event.detail.target.id !== "list") return;
  const list = document.getElementById("list");
  const { triggeringEvent: cause } = event.detail.requestConfig;
  const state = cause?.type === TRAVEL ? cause.detail : null;
  if (state === null) history.pushState({ list: null }, "", pageAddress(list, event.detail.pathInfo.finalRequestPath));
  if (!state?.anchor) scrollTo({ top: 0, behavior: "instant" });
  begin(state);
  import("genonaut/list/arrival").then(({ arrive }) => arrive(list));
});

// What htmx cannot bring, the browser shall: it says what is wrong.
for (const kind of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(kind, (event) => {
    if (event.detail.target?.id !== "list" || gallery === null) return;
    location.assign(pageAddress(gallery.list, event.detail.pathInfo.finalRequestPath));
  });
}

/** Completes what is typed into an element with the focus, if it is such a field. */
async function completeIn(target) {
  if (!target?.matches("[data-completes]:not([role=combobox])")) return;
  const { complete } = await import("genonaut/forms/completion");
  if (document.activeElement === target && target.role !== "combobox") complete(target);
}

document.addEventListener("focusin", ({ target }) => completeIn(target));

document.addEventListener("click", (event) => {
  // htmx would take a click that is meant for another tab.
  if (event.target.closest?.("a[hx-get]") && !isPlain(event)) event.stopImmediatePropagation();
  // A link to a fragment leaves the present entry without a word.
  if (event.target.closest?.('a[href^="#"]')) gallery?.noteAnchor();
}, { capture: true });

if (document.querySelector("details[name]")) import("genonaut/site/menus");
if (document.querySelector("form[hx-post]")) import("genonaut/site/refusals").then(({ start }) => start());
if (viewer !== "") import("genonaut/upload/drops").then(({ start }) => start());
completeIn(document.activeElement); // it has had the focus since before this module was here
broadcastViewer();
reloadForOthers(() => {
  gallery?.noteAnchor();
  gallery?.stop(); // the emptied list has another
  gallery?.list.replaceChildren();
});
if (document.querySelector("[data-changed-item]")) import("genonaut/list/changes").then((changes) => changes.broadcastChanges());
// Who went Back before this was here is shown what belongs to the address, and not the document that came before it.
if (location.pathname + location.search === sentFor) begin(history.state);
else location.reload();
const work = document.querySelector("main > .work");
if (work !== null) beginWork(work);
