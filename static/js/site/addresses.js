/** The addresses that script asks for, as the page names them: a site may begin anywhere on its host. */

const { dataset } = document.body;

/** Where the site begins. */
export const root = dataset.root;

/** The likes of many works. */
export const marks = dataset.marks;

/** Tags and creators that complete what is typed. */
export const names = dataset.names;

/** Where the cache of pages is counted; undefined if it is not. */
export const { counts } = dataset;

/** Where files are sent in pieces or as a whole, and where to ask which the reader has. */
export const { uploads, uploadsKnown, content } = dataset;

/**
 * @param {"work" | "workFragment" | "views" | "like"} name
 * @param {string | number} id of a work
 * @returns {string} the address of that work's page, fragment, views or like
 */
export function addressOf(name, id) {
  return dataset[name].replace(/\/0\/(?!.*\/0\/)/, `/${id}/`);
}

/** @param {string} name of something that the browser keeps for all sites of a host @returns {string} for this one alone */
export function ours(name) {
  return root === "/" ? name : `${name} ${root}`;
}

/** @param {string} id of the upload of a zip @returns {string} the address of the page that tells what became of it */
export function addressOfZip(id) {
  return dataset.zip.replace(/[0-9-]{36}/, id);
}
