/** One file on its way: asked after by its hash, then sent in pieces (tus 1.0) that go on where a cut left them. */

import { addressOf } from "genonaut/site/addresses";
import { csrfToken } from "genonaut/site/csrf";
import { viewer } from "genonaut/site/viewer";
import { companionsOf } from "genonaut/upload/companions";
import { remember, remembered } from "genonaut/upload/places";

const PIECE = 8 * 2 ** 20;
/** A larger file is not hashed first: that would hold all of it in memory. */
const HASHED = 50 * 2 ** 20;
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
/** Where files are sent in pieces or as a whole, where to ask which the reader has, and what tells what became of a zip. */
const { uploads, uploadsKnown, content, zip } = document.body.dataset;
/** @type {Outcome} */
const SIGNED_OUT = { state: "refused", detail: "You are no longer signed in: sign in, and choose the files again. What was sent is kept." };

/** What became of a file; `item` is the id of its work. @typedef {{state: "done" | "known" | "refused" | "failed" | "stopped", detail?: string, url?: string, item?: string | number}} Outcome */
/** @type {Outcome} */
const UNREADABLE = { state: "refused", detail: "The file cannot be read any more: choose it again" };

/** @param {boolean} isKnown whether the reader had it already @param {string | number} item @returns {Outcome} */
function workOf(isKnown, item) {
  return { state: isKnown ? "known" : "done", item, url: addressOf("work", item) };
}

/** Returns the work that an answer about an upload names; null if it names none. @param {(name: string) => string | null} header */
function workNamed(header) {
  const id = header("Upload-Item");
  return id && workOf(header("Upload-Known") !== null, id);
}

/** Says what ends a transfer. */
class Ended extends Error {
  /** @param {Outcome} outcome */
  constructor(outcome) {
    super(outcome.state);
    this.outcome = outcome;
  }
}

/** @param {number} bytes */
export function formatBytes(bytes) {
  const power = Math.min(4, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${(bytes / 2 ** (10 * power)).toFixed(power && 1)} ${["bytes", "KB", "MB", "GB", "TB"][power]}`;
}

/** What is said of all files of a form. `level` as the form says, if it does. @typedef {{level?: string, is_private: boolean, hides_prompt: boolean}} Switches */

export class Transfer {
  #file;
  #switches;
  #publishes;
  #onState;
  #onProgress;
  #stopping = new AbortController();

  /**
   * @param {File} file
   * @param {{switches: Switches, publishes: boolean, onState: (state: string, detail?: string) => void, onProgress: (part: number) => void}} options
   * `publishes` whether the page of a zip is to lead to the form that shows its works to all
   */
  constructor(file, { switches, publishes, onState, onProgress }) {
    this.#file = file;
    this.#switches = switches;
    this.#publishes = publishes;
    this.#onState = onState;
    this.#onProgress = onProgress;
  }

  /** Sends the file, or what is left of it. Never throws. @returns {Promise<Outcome>} */
  async run() {
    try {
      await this.#ask();
      this.#onState("sending");
      return await (companionsOf(this.#file).length > 0 ? this.#sendTogether() : this.#send());
    } catch (error) {
      if (this.#stopping.signal.aborted) return { state: "stopped" };
      if (error instanceof Ended) return error.outcome;
      if (["NotReadableError", "NotFoundError"].includes(error.name)) return UNREADABLE;
      return { state: "failed", detail: "The site cannot be reached" };
    }
  }

  /** Leaves it as it is: another transfer of the file goes on from there. */
  stop() {
    this.#stopping.abort();
  }

  /** Ends it, and has the site forget it. */
  discard() {
    this.stop();
    const url = remembered(this.#print());
    remember(this.#print(), null);
    if (url) fetch(url, { method: "DELETE", headers: headers() }).catch(() => {});
  }

  /** What tells this file from others when it is chosen again. */
  #print() {
    const { name, size, lastModified } = this.#file;
    return [viewer, name, size, lastModified, ...Object.values(this.#switches), ...(this.#publishes ? ["looks first"] : [])].join("/");
  }

  /** Asks whether the reader has the file already. Throws Ended if so. */
  async #ask() {
    if (!crypto.subtle || this.#file.size > HASHED || this.#file.size === 0) return; // no hash without https
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await this.#file.arrayBuffer()));
    const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const { signal } = this.#stopping;
    const response = await askWhichAreKnown([sha256], signal).catch(() => null);
    signal.throwIfAborted();
    const id = response?.ok ? (await response.json()).known[sha256] : undefined;
    if (id !== undefined) throw new Ended(workOf(true, id));
  }

  /** @returns {Promise<Outcome>} */
  async #send() {
    let failures = 0;
    for (;;) {
      try {
        let { url, offset } = await this.#found() ?? await this.#created();
        for (;;) {
          this.#onProgress(offset / this.#file.size);
          const answer = await this.#piece(url, offset);
          failures = 0;
          offset = Number(answer.getResponseHeader("Upload-Offset"));
          const work = workNamed((name) => answer.getResponseHeader(name));
          if (work) return this.#done(work);
          if (offset === this.#file.size) {
            this.#onState("processing");
            return this.#done(await this.#outcome(url));
          }
        }
      } catch (error) {
        if (error instanceof Ended || this.#stopping.signal.aborted || failures === RETRY_MS.length) throw error;
        await this.#restBeforeRetry(RETRY_MS[failures]);
        failures += 1;
      }
    }
  }

  /** Sends the file with what belongs to it in one form, as a whole: tus knows single files. @returns {Promise<Outcome>} */
  async #sendTogether() {
    const form = new FormData();
    for (const [name, isOn] of Object.entries(this.#switches)) form.append(name, String(isOn));
    for (const file of [this.#file, ...companionsOf(this.#file)]) form.append("file", file);
    for (const rest of [...RETRY_MS, null]) {
      try {
        const answer = await this.#request("POST", content, {}, form, 0);
        if (answer.status === 202) return this.#outcome(answer.getResponseHeader("Location")); // a zip by another name
        return workOf(answer.status === 200, JSON.parse(answer.responseText).id);
      } catch (error) {
        if (error instanceof Ended || this.#stopping.signal.aborted) throw error;
        // A body that is refused for want of a session is cut off on a slow line.
        if (await hasSignedOut().catch(() => false)) throw new Ended(SIGNED_OUT);
        if (rest === null) throw error;
        await this.#restBeforeRetry(rest);
      }
    }
    throw new Error("unreachable");
  }

  /** @param {Outcome} outcome */
  #done(outcome) {
    remember(this.#print(), null);
    return outcome;
  }

  /** Returns the upload that was begun before, and how far it is; null if there is none. */
  async #found() {
    const url = remembered(this.#print());
    if (!url) return null;
    const response = await fetch(url, { method: "HEAD", headers: headers(), signal: this.#stopping.signal });
    if (response.ok) {
      const offset = Number(response.headers.get("Upload-Offset"));
      const work = workNamed((name) => response.headers.get(name));
      if (work) throw new Ended(this.#done(work));
      if (offset < this.#file.size) return { url, offset };
      this.#onState("processing");
      throw new Ended(this.#done(await this.#outcome(url)));
    }
    if (response.status === 410) throw new Ended(this.#done(await this.#outcome(url))); // refused: GET says why
    if (response.status !== 404) throw await errorOf(response.status, () => ({}));
    remember(this.#print(), null);
    return null;
  }

  async #created() {
    const switches = Object.entries({ ...this.#switches, looks_first: this.#publishes }).map(([name, isOn]) => [name, String(isOn)]);
    const metadata = { filename: this.#file.name || "file", ...Object.fromEntries(switches) };
    const response = await fetch(uploads, {
      method: "POST",
      headers: { ...headers(), "Upload-Length": this.#file.size, "Upload-Metadata": encoded(metadata) },
      signal: this.#stopping.signal,
    });
    if (!response.ok) throw await errorOf(response.status, () => response.json());
    const url = response.headers.get("Location");
    remember(this.#print(), url);
    return { url, offset: 0 };
  }

  /** Sends the bytes from an offset on. @returns {Promise<XMLHttpRequest>} */
  #piece(url, offset) {
    const fields = { "Upload-Offset": offset, "Content-Type": "application/offset+octet-stream" };
    return this.#request("PATCH", url, fields, this.#file.slice(offset, offset + PIECE), offset);
  }

  /** Sends a body, and tells how far it is: fetch tells no progress. @returns {Promise<XMLHttpRequest>} */
  #request(method, url, fields, body, offset) {
    const { signal } = this.#stopping;
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries({ ...headers(), ...fields })) request.setRequestHeader(name, value);
    const abort = () => request.abort();
    signal.addEventListener("abort", abort);
    return new Promise((resolve, reject) => {
      const report = (loaded) => this.#onProgress(Math.min(1, (offset + loaded) / this.#file.size));
      request.upload.addEventListener("progress", ({ loaded }) => report(loaded));
      request.addEventListener("error", () => reject(new Error("cut")));
      request.addEventListener("abort", () => reject(new Error("stopped")));
      request.addEventListener("load", () => {
        if (request.status >= 200 && request.status < 300) resolve(request);
        else errorOf(request.status, () => JSON.parse(request.responseText)).then(reject, reject);
      });
      request.send(body);
    }).finally(() => signal.removeEventListener("abort", abort));
  }

  /** Waits for a file that another request, or the site itself, makes a work of. @returns {Promise<Outcome>} */
  async #outcome(url) {
    for (let tries = 0; tries < 90;) {
      const response = await fetch(url, { headers: headers(), signal: this.#stopping.signal });
      if (!response.ok) throw new Error("busy");
      const { id, state, item, is_known: isKnown, error, archive } = await response.json();
      if (archive && state === "done") return { state, detail: countsOf(archive), url: zip.replace(/[0-9-]{36}/, id) };
      if (state === "unpacking") this.#unpacking(archive);
      else tries += 1;
      if (state === "done") return item === null ? { state } : workOf(isKnown, item);
      if (state === "refused") return { state, detail: error };
      await this.#rest(1_000);
    }
    throw new Ended({ state: "failed", detail: "The site takes long to read it" });
  }

  /** Tells how far a zip is; that takes as long as it takes. @param {{done: number, count: number}} archive */
  #unpacking({ done, count }) {
    this.#onState("unpacking", `Unpacking: ${done.toLocaleString("en")} of ${count.toLocaleString("en")}`);
    this.#onProgress(done / count);
  }

  /** Waits. Throws if the file cannot be read any more: no other try would help. @param {number} milliseconds */
  async #restBeforeRetry(milliseconds) {
    await this.#file.slice(0, 1).arrayBuffer();
    await this.#rest(milliseconds);
  }

  /** @param {number} milliseconds */
  #rest(milliseconds) {
    const { signal } = this.#stopping;
    return new Promise((resolve, reject) => {
      setTimeout(resolve, milliseconds);
      signal.addEventListener("abort", () => reject(new Error("stopped")), { once: true });
    });
  }
}

/** @param {{added: number, known: number, repeated: number, refused: number}} archive @returns {string} */
function countsOf({ added, known, repeated, refused }) {
  const said = [[added, "added"], [known, "you had already"], [repeated, "repeated"], [refused, "refused"]];
  return said.filter(([count], index) => index === 0 || count > 0).map(([count, text]) => `${count.toLocaleString("en")} ${text}`).join(", ");
}

/**
 * Returns what to throw for an answer: Ended if it is final, any other error if it may be tried again.
 * @param {number} status
 * @param {() => unknown} read
 */
async function errorOf(status, read) {
  if (status >= 500 || [0, 404, 409, 410, 423, 429, 460].includes(status)) return new Error(`Answered ${status}`);
  const problem = await Promise.resolve().then(read).catch(() => ({}));
  const [message] = Object.values(problem.errors ?? {}).flat();
  // To retry helps nothing: this document reloads once another signs in (site/viewer). What was sent is resumed by its print.
  if (status === 401 || status === 403 || (status === 413 && await hasSignedOut())) return new Ended(SIGNED_OUT);
  return new Ended({ state: "refused", detail: message ?? problem.detail ?? `Answered ${status}` });
}

/** Asks whether the session has ended: a browser drops its cookie then, and without it no body may be large (413). */
async function hasSignedOut() {
  return (await askWhichAreKnown([])).status === 401;
}

/** @param {string[]} hashes @param {AbortSignal} [signal] */
function askWhichAreKnown(hashes, signal) {
  return fetch(uploadsKnown, {
    method: "POST", body: JSON.stringify({ sha256: hashes }), signal, headers: { ...headers(), "Content-Type": "application/json" },
  });
}

function headers() {
  return { "Tus-Resumable": "1.0.0", "X-CSRFToken": csrfToken() };
}

/** @param {Record<string, string>} metadata as tus writes it: keys and texts in base64 */
function encoded(metadata) {
  const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text.toWellFormed?.() ?? text)));
  return Object.entries(metadata).map(([key, value]) => `${key} ${base64(value)}`).join(",");
}
