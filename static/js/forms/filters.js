/** The button that sends the filters says how many works they let through, before they are sent. */

const REST_MS = 150;

/**
 * Starts with the filters open.
 * @param {import("genonaut/list/gallery").Gallery} gallery
 * @param {AbortSignal} signal
 */
export function start(gallery, signal) {
  const form = gallery.list.querySelector("form.filters");
  const button = form.querySelector("button");
  const plain = button.textContent;
  let asking = new AbortController();
  let timer = 0;

  const ask = async () => {
    asking.abort();
    asking = new AbortController();
    button.textContent = plain;
    if (!form.checkValidity()) return;
    try {
      const answer = await fetch(`${gallery.list.dataset.works}?${queryOf(form)}`, { signal: asking.signal, priority: "low" });
      if (answer.ok) button.textContent = totalOf(await answer.text());
    } catch {
      // Given up for another count, or offline: the button works without one.
    }
  };
  const askSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, REST_MS);
  };
  form.addEventListener("change", askSoon, { signal });
  form.closest("details").addEventListener("toggle", ({ target }) => target.open && ask(), { signal });
  ask();
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    asking.abort();
  });
}

/** Returns the form's query string for one work alone: the page says the total whatever its size. */
function queryOf(form) {
  const fields = [...new FormData(form)].filter(([name, value]) => value !== "" && name !== "view");
  return new URLSearchParams([...fields.filter(([name]) => name !== "page_size"), ["page_size", "1"]]);
}

/** Returns what the button says of an answer, as "Show 1,204 works". */
function totalOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const { range } = template.content.querySelector("section.page").dataset;
  return `Show ${range.split(" of ").pop()}`;
}
