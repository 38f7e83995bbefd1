/** The bar of a selection, at the window's end: how many works there are, and what can be done to them. */

import { readForm, startEnter } from "genonaut/culling/parts";

/** What the bar covers is left free below the list, and below what has the focus: as high as it is, 0 once it is gone. */
const height = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    document.documentElement.style.setProperty("--bar", `${target.getBoundingClientRect().height}px`);
  }
});

/**
 * @param {import("genonaut/list/gallery").Gallery} gallery
 * @param {import("genonaut/culling/selection").Selection} selection
 * @param {import("genonaut/culling/actions").Actions} actions
 * @param {AbortSignal} signal
 */
export function startBar(gallery, selection, actions, signal) {
  const link = gallery.list.querySelector("[data-select]");
  /** @type {HTMLElement | null} */
  let bar = null;
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    selection.turn(!selection.isOn);
  }, { signal });
  selection.addEventListener("change", async () => {
    if (!selection.isOn) {
      bar?.remove();
      bar = null;
      return;
    }
    bar ??= document.createElement("section");
    if (!bar.isConnected) await open(bar);
    const count = selection.ids.length;
    const label = bar?.querySelector("[data-count]");
    if (label) label.textContent = count === 1 ? "1 work selected" : `${count.toLocaleString("en")} works selected`;
  }, { signal });
  signal.addEventListener("abort", () => {
    if (bar?.querySelector("[name=scope][value=all]")?.checked) actions.say("This is another query: “All of this query” is no longer chosen.");
    bar?.remove();
  });

  async function open(element) {
    element.className = "bar";
    element.setAttribute("aria-label", "Selection");
    document.body.append(element);
    height.observe(element);
    const { html, reason } = await readForm(signal);
    if (signal.aborted || bar !== element) return;
    if (reason) {
      element.remove(); // the next work that is selected has it asked for again
      bar = null;
      actions.say(`The actions did not come: ${reason}.`);
      return;
    }
    element.innerHTML = html;
    // Of some lists, as albums, no query finds all works.
    const choices = link.dataset.worksQuery === undefined ? element.querySelectorAll("label:has([name=scope])") : [];
    for (const choice of choices) choice.remove();
    element.querySelector("[data-end]").addEventListener("click", () => selection.turn(false));
    startEnter(element.querySelector("form"));
    element.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      send(event);
    });
    selection.dispatchEvent(new Event("change"));
  }

  function send({ target: form, submitter }) {
    const fields = Object.fromEntries(new FormData(form));
    delete fields.csrfmiddlewaretoken;
    if (fields.scope === "all") fields.query = link.dataset.worksQuery;
    const ids = fields.scope === "all" ? [] : selection.ids;
    if ("compares" in submitter.dataset) {
      if (ids.length === 2) location.assign(`${submitter.getAttribute("formaction")}?a=${ids[0]}&b=${ids[1]}`);
      else actions.say("Select two works to compare.");
      return;
    }
    if (ids.length === 0 && fields.scope !== "all") actions.say("Select works first.");
    else actions.send(submitter.value, ids, fields);
  }
}
