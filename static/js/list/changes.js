/** Broadcasts to other tabs which items the page that has just come changed: it says so by `data-changed-item`. */

import { broadcast } from "genonaut/site/channel";

export function broadcastChanges() {
  for (const { dataset } of document.querySelectorAll("[data-changed-item]")) {
    broadcast({ kind: "item", id: dataset.changedItem });
  }
}
