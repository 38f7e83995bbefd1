/** The notice of a page that did not come because the session is over. */

const { signIn } = document.body.dataset;

/** Leads from a notice to where one signs in, and from there back to this page. @param {HTMLElement} notice */
export function lead(notice) {
  const link = document.createElement("a");
  link.className = "button";
  link.href = `${signIn}?next=${encodeURIComponent(location.pathname + location.search)}`;
  link.textContent = "Sign in";
  notice.querySelector("p").textContent = "You are no longer signed in.";
  notice.querySelector("button").replaceWith(link);
}
