/** Views of works in the lightbox, which readers who are signed in have counted: it loads with the first of them. */

import { addressOf } from "genonaut/site/addresses";
import { csrfToken } from "genonaut/site/csrf";

/** @param {number} id of a work that the reader has seen */
export function countView(id) {
  const request = { method: "POST", keepalive: true, headers: { "X-CSRFToken": csrfToken() } };
  fetch(addressOf("views", id), request).catch(() => {}); // not the reader's business
}
