/** Texts that are typed into an open work and not sent: Escape leaves the field first, and they outlast the closing of the work. */

const TEXTS = "textarea, input:not([type=radio], [type=checkbox], [type=range])";

/**
 * @param {HTMLElement} area holds one work after another, and says `workshown` when it has another
 * @param {AbortSignal} signal ends with the list: so long texts are kept
 * @param {HTMLDialogElement} dialog that the area is in
 */
export function start(area, signal, dialog) {
  /** @type {Map<string, string>} by work and field */
  const drafts = new Map();
  const on = (target, kind, listener, options) => target.addEventListener(kind, listener, { signal, ...options });
  // An answer that is refused comes back in the field of comments, and is none of those.
  const keyOf = ({ id, form }) => `${dialog.querySelector("[data-open]").href} ${form?.elements.parent ? `answer-${form.elements.parent.value}` : id}`;
  const restore = () => {
    const fields = [...area.querySelectorAll("textarea")];
    const refused = new Map(fields.filter(({ defaultValue }) => defaultValue).map((field) => [keyOf(field), field.value]));
    for (const [key, text] of refused) drafts.set(key, text);
    for (const field of fields) {
      const key = keyOf(field);
      const draft = drafts.get(key);
      if (!draft || field.value || refused.has(key)) continue;
      field.value = draft;
      field.closest("details")?.setAttribute("open", "");
    }
  };
  on(area, "input", ({ target }) => target.matches("textarea") && drafts.set(keyOf(target), target.value));
  on(area, "workshown", restore);
  on(area, "htmx:afterSwap", restore); // what is said about a work comes after it
  on(area, "htmx:beforeSwap", ({ detail: { requestConfig, xhr } }) => {
    if (xhr.status < 400) for (const field of requestConfig.elt.querySelectorAll("textarea")) drafts.delete(keyOf(field));
  });
  // Before the listener that leaves the work.
  on(dialog, "cancel", (event) => {
    const field = document.activeElement;
    if (event.target !== dialog || !area.contains(field) || !field.matches(TEXTS)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    area.focus({ preventScroll: true });
  }, { capture: true });
}
