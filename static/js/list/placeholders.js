/** What stands where cards will be, or would have been. */

const REASONS = {
  offline: "There is no connection at the moment. Pages that you have seen still show.",
  gone: "This list ends before that page, or it is gone.",
  busy: "Too many ask at the moment. Try again in a few seconds.",
  failed: "Something went wrong on the way.",
};

/**
 * Puts skeletons of cards into a section, in the shapes of the cards that are in it.
 * @param {HTMLElement} section
 * @param {number} count
 */
export function skeletonsIn(section, count) {
  const shapes = [...section.querySelectorAll(".card")].map(({ className }) => className.match(/shape-\d+/)?.[0]);
  const cards = document.createElement("ol");
  cards.className = "cards";
  cards.setAttribute("aria-hidden", "true");
  for (let number = 0; number < count; number += 1) {
    const card = document.createElement("li");
    card.className = `card card--skeleton ${shapes[number % shapes.length] ?? ""}`;
    card.innerHTML = '<div class="card__frame"></div>';
    cards.append(card);
  }
  section.setAttribute("aria-busy", "true");
  replace(section, cards);
}

/**
 * Says in a section that its page did not come.
 * @param {HTMLElement} section
 * @param {import("genonaut/pages/reader").PageError} error
 * @param {() => void} retry
 * @param {{heading?: string, reasons?: Partial<typeof REASONS>}} words where no page of a list was wanted
 */
export function failureIn(section, error, retry, { heading = "This page did not come", reasons = {} } = {}) {
  const notice = document.createElement("div");
  notice.className = "empty failure";
  notice.setAttribute("role", "alert");
  const title = document.createElement("h2");
  title.textContent = heading;
  const reason = document.createElement("p");
  reason.textContent = reasons[error.reason] ?? REASONS[error.reason] ?? REASONS.failed;
  const button = document.createElement("button");
  button.className = "button";
  button.textContent = "Try again";
  button.addEventListener("click", retry, { once: true });
  notice.append(title, reason, button);
  section.removeAttribute("aria-busy");
  if (error.reason === "signedOut") import("genonaut/list/signed-out").then(({ lead }) => lead(notice));
  replace(section, notice);
}

function replace(section, element) {
  const [present, ...others] = section.querySelectorAll(":scope > :is(.cards, .empty)");
  const hadFocus = section.matches(":focus-within") && document.activeElement.closest(".cards, .empty") !== null;
  for (const other of others) other.remove();
  const [month, ...months] = section.querySelectorAll(":scope > .month");
  for (const other of months) other.remove();
  if (month) month.textContent = "\u00a0"; // which one it will be is not known; its line stays
  if (present) present.replaceWith(element);
  else section.prepend(element);
  // What comes next takes the focus over from the section; from nowhere it could not.
  if (hadFocus) section.focus({ preventScroll: true });
}
