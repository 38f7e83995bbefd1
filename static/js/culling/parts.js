/** The parts of a form of actions: a field, and the buttons that take their value from it. */

/** Has Enter in a field press the button beside it: by itself it presses the first of the form. @param {HTMLFormElement} form */
export function startEnter(form) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.matches("input, select")) return;
    event.preventDefault();
    event.target.closest(".selection__part")?.querySelector("button").click();
  });
}
