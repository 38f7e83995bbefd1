/** Cards of jobs that change by themselves: htmx asks for them and swaps them; this says when it may. */

const POLL = "jobs-poll";
const FORM = "create-form";

// A hidden tab asks for nothing; once it is seen again it asks at once.
addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === POLL && document.hidden) event.preventDefault();
});

document.addEventListener("visibilitychange", () => {
  const poll = document.getElementById(POLL);
  if (!document.hidden && poll?.getAttribute("hx-trigger").startsWith("every")) htmx.trigger(poll, "news");
});

// The next answer of the server brings the notice again as it should be.
addEventListener("htmx:sendError", ({ target }) => {
  const notice = document.getElementById("jobs-notice");
  if (target.id !== POLL || notice === null || notice.querySelector("[data-away]")) return;
  const said = document.createElement("p");
  said.className = "message";
  said.dataset.away = "";
  said.textContent = "The server does not answer. Jobs are kept; this page asks again.";
  notice.replaceChildren(said);
});

// A poll whose cards are about to go is given up: its answer would find nothing to replace.
addEventListener("htmx:oobBeforeSwap", ({ detail: { target } }) => {
  const poll = target.querySelector(`#${POLL}`);
  if (poll !== null) htmx.trigger(poll, "htmx:abort");
});

// The element of a preview stays, so that one frame is seen until the next is there.
addEventListener("htmx:oobBeforeSwap", ({ detail: { target, fragment } }) => {
  const shown = target.querySelector("img[data-preview]");
  const next = fragment.querySelector("img[data-preview]");
  if (shown === null || next === null) return;
  const source = next.src;
  next.replaceWith(shown);
  shown.src = source;
});

// What was unfolded in the form stays so when the form comes again.
let unfolded = [];

addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  unfolded = [...target.querySelectorAll("details[open]")].map((details) => details.id);
});

addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  // The button is disabled while it sends, which takes the focus from it: who works by keyboard would begin at the top.
  const focused = document.activeElement;
  if (target.id === FORM && (focused === null || focused === document.body)) {
    document.getElementById("create-send")?.focus({ preventScroll: true });
  }
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  unfolded = [];
});
