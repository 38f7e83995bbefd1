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
for (const kind of ["htmx:responseError", "htmx:sendError"]) addEventListener(kind, sayAway);

function sayAway({ target }) {
  const notice = document.getElementById("jobs-notice");
  if (target.id !== POLL || notice === null || notice.querySelector("[data-away]")) return;
  const said = document.createElement("p");
  said.className = "message";
  said.dataset.away = "";
  said.textContent = "The server does not answer. Jobs are kept; this page asks again.";
  notice.replaceChildren(said);
}

// htmx looks for what an answer replaces beside the element that asked: once that is gone the answer is lost. So a card
// stays while a button of it waits for its answer, which brings the card; what else is about to go asks no longer.
addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  const asking = [...document.querySelectorAll(".htmx-request")].filter((element) => detail.target.contains(element));
  if (asking.length > 0 && detail.target.matches(".job")) {
    detail.shouldSwap = false;
    return;
  }
  for (const element of asking) htmx.trigger(element, "htmx:abort");
});

// What a button could not do stays said while the card says the same: the next poll would take it away at once.
addEventListener("htmx:oobBeforeSwap", ({ detail: { target, fragment, shouldSwap } }) => {
  const said = target.querySelector(".job__actions .errors");
  const next = fragment.querySelector(".job");
  if (!shouldSwap || said === null || next?.className !== target.className) return;
  said.removeAttribute("role"); // it has been read out
  next.querySelector(".job__actions")?.append(said);
});

// The element of a preview stays, so that one frame is seen until the next is there.
addEventListener("htmx:oobBeforeSwap", ({ detail: { target, fragment, shouldSwap } }) => {
  const shown = target.querySelector("img[data-preview]");
  const next = fragment.querySelector("img[data-preview]");
  if (!shouldSwap || shown === null || next === null) return;
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
