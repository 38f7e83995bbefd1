/** Broadcasts to other tabs which items the page that has just come changed: it says so by `data-changed-item`. */

import { channel } from "genonaut/site/channel";

export function broadcastChanges() {
  const tabs = channel();
  for (const { dataset } of document.querySelectorAll("[data-changed-item]")) {
    tabs.postMessage({ kind: "item", id: dataset.changedItem });
  }
  tabs.close();
}
