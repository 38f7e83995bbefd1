/** Broadcasts to other tabs which items the page that has just come changed: it says so by `data-changed-item`. */

import { ours } from "genonaut/site/addresses";

export function broadcastChanges() {
  const channel = new BroadcastChannel(ours("genonaut"));
  for (const { dataset } of document.querySelectorAll("[data-changed-item]")) {
    channel.postMessage({ kind: "item", id: dataset.changedItem });
  }
  channel.close();
}
