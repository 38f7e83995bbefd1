/* Django's autocomplete fields stand in for a select and lack its name: they get that of its label. */
django.jQuery(() => {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const name = select.labels[0]?.textContent.trim().replace(/:$/, "");
    const parts = select.nextElementSibling?.querySelectorAll("[role=combobox], [role=textbox]") ?? [];
    for (const part of name ? parts : []) part.setAttribute("aria-label", name);
  }
});
