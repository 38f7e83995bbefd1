/** A list that htmx has put in another's place: it takes the focus and the search box over, and says how many works it has. */

/** @param {HTMLElement} list */
export function arrive(list) {
  // It was on a control of the list before, and fell to the page with it.
  if (document.activeElement === document.body) list.querySelector("#works")?.focus({ preventScroll: true });
  // A status is read out when it changes, not when it comes with its words.
  const status = list.querySelector("[data-range][role=status]");
  requestAnimationFrame(() => status?.replaceChildren(status.textContent));
  const box = document.getElementById("search");
  if (box === document.activeElement) return; // a reader types the next search
  box.value = box.defaultValue = new URLSearchParams(list.dataset.query).get("q") ?? "";
}
