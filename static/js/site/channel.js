/** Messages to the other tabs of this browser. One that keeps no data of sites may refuse to carry any. */

import { ours } from "genonaut/site/addresses";

/** What stands in then: the parts of this document hear one another, and other tabs nothing. */
const here = Object.assign(new EventTarget(), {
  postMessage: (data) => here.dispatchEvent(new MessageEvent("message", { data })),
  close() {},
});

/** @returns {BroadcastChannel | typeof here} */
export function channel() {
  try {
    return new BroadcastChannel(ours("genonaut"));
  } catch {
    return here;
  }
}

/** Sends a message without listening. @param {object} message */
export function broadcast(message) {
  const sender = channel();
  sender.postMessage(message);
  sender.close();
}
