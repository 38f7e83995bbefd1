/** What the page cache does, in figures, for who wants to see: a setting, kept in this browser, shows them. */

import { cache } from "genonaut/pages/cache";
import { preference } from "genonaut/site/preferences";

const PREFERENCE = "genonaut.statistics";
const EVERY_MS = 500;
const LABELS = {
  hits: "Hits",
  misses: "Misses",
  evictions: "Evictions",
  prefetches: "Prefetches",
  used: "Prefetches used",
  wasted: "Prefetches wasted",
};

/**
 * @param {import("genonaut/list/gallery").Gallery} gallery
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {
  const button = document.querySelector("[data-statistics]");
  const panel = document.createElement("aside");
  panel.className = "statistics panel";
  panel.setAttribute("aria-label", "Page cache");
  document.body.append(panel);
  const show = (isOn) => {
    panel.hidden = !isOn;
    button.setAttribute("aria-pressed", String(isOn));
    if (isOn) fill(panel);
  };
  show(preference(PREFERENCE) === "on");
  const timer = setInterval(() => panel.hidden || fill(panel), EVERY_MS);
  button.addEventListener("click", () => {
    preference(PREFERENCE, panel.hidden ? "on" : "off");
    show(panel.hidden);
    button.closest("dialog").close(); // it lies over the panel
  }, { signal });
  signal.addEventListener("abort", () => {
    clearInterval(timer);
    panel.remove();
  });
}

/** @returns {[string, string][]} what the panel says */
export function figures() {
  const { hits, misses } = cache.statistics;
  const megabytes = (bytes) => `${(bytes / 1_048_576).toFixed(1)} MB`;
  return [
    ...Object.entries(LABELS).map(([name, label]) => [label, String(cache.statistics[name])]),
    ["Hit rate", hits + misses ? `${Math.round((100 * hits) / (hits + misses))} %` : "–"],
    ["Pages kept", String(cache.size)],
    ["In memory", `${megabytes(cache.bytes)} of ${megabytes(cache.limit)}`],
  ];
}

function fill(panel) {
  const terms = document.createElement("dl");
  for (const [label, value] of figures()) {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    term.textContent = label;
    const figure = document.createElement("dd");
    figure.textContent = value;
    row.append(term, figure);
    terms.append(row);
  }
  panel.replaceChildren(terms);
}
