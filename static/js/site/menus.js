/** Menus, which open by themselves: Escape closes one, and so does a click anywhere else. Pages that have one load it. */

const OPEN = "details[name][open]";

addEventListener("keydown", (event) => {
  const menu = event.key !== "Escape" || document.querySelector("dialog:modal") ? null : document.querySelector(OPEN);
  if (menu === null) return;
  event.preventDefault();
  menu.open = false;
  menu.querySelector("summary").focus();
});

// Before the click does anything: what it removes would be in no menu.
document.addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll(OPEN)) if (!menu.contains(target)) menu.open = false;
}, { capture: true });
