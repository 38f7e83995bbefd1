/** A button that opens the present page's own forms for a page's number and a date, wherever the reader has scrolled. */

const SUFFIX = "-here";

/**
 * @param {import("genonaut/list/gallery").Gallery} gallery
 * @param {{signal: AbortSignal, dayOf: (page: number) => string | null}} options the day of a page's first item, if known
 * @returns {HTMLElement[]} the button and what it opens
 */
export function jumpBox(gallery, { signal, dayOf }) {
  const box = document.createElement("div");
  Object.assign(box, { id: "jump-box", className: "jump-box", popover: "auto" });
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-label", "Go to a page or date");
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "scrubber__go", textContent: "Go to…", popoverTargetElement: box });
  button.setAttribute("aria-haspopup", "dialog");

  box.addEventListener("beforetoggle", (event) => {
    if (event.newState !== "open") return;
    box.replaceChildren(formsOf(gallery.page, dayOf));
    const number = box.querySelector('[name="page"]');
    if (number !== null) number.autofocus = true; // only now: as it comes in, it would ask for the focus of the page
  }, { signal });
  // What becomes of it is the list's business, as with the forms below the cards.
  box.addEventListener("submit", () => box.hidePopover(), { signal });
  return [button, box];
}

/** Returns a copy of a page's forms: the page says what they keep, and in which list they look. */
function formsOf(page, dayOf) {
  const template = document.createElement("template");
  template.innerHTML = page.html;
  const jump = document.createElement("div");
  jump.className = "pagination__jump";
  jump.append(...document.importNode(template.content, true).querySelectorAll(".pagination__jump form"));
  for (const element of jump.querySelectorAll("[id]")) element.id += SUFFIX;
  for (const label of jump.querySelectorAll("label[for]")) label.htmlFor += SUFFIX;
  const date = jump.querySelector('[name="at"]');
  if (date !== null) date.value = dayOf(page.number) ?? "";
  return jump;
}
