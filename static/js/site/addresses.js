/** The addresses that more than one module asks for, as the page names them: a site may begin anywhere on its host. */

const { dataset } = document.body;

/** Where the site begins. */
export const root = dataset.root;

/** The likes of many works. */
export const marks = dataset.marks;

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
