/** The token that a request needs to change anything on the site. */

/** @returns {string} the page's token; empty if the page has none */
export function csrfToken() {
  return document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
}
