/** Why a request failed, in words that end a sentence. */

/** @param {number} status of the answer; 0 if none came @returns {string} */
export function reasonOf(status) {
  if (status === 0) return "the site cannot be reached";
  if (status === 404) return "the work is gone or private";
  if (status === 403) return "you are no longer signed in, or the page is too old";
  if (status === 413 || status === 414) return "it is too long";
  return "the site is busy";
}
