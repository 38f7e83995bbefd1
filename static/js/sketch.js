/** What stands for a work while it is under way: its title, and its small picture in the shape of the large one. */

const SVG = "http://www.w3.org/2000/svg";
// Drawings have this shape, and what a style sheet knows of them is enough.
const DRAWING = 4 / 3;
// As tall as a window may be: style sheets make it fit.
const TALLEST = 4_000;

/**
 * @param {HTMLTemplateElement} template
 * @param {{title: string, small: HTMLImageElement | null}} card its title and picture
 * @returns {HTMLElement} the article
 */
export function sketchOf(template, { title, small }) {
  const article = template.content.firstElementChild.cloneNode(true);
  article.querySelector("h1").textContent = title;
  const ratio = Number(small?.getAttribute("width")) / Number(small?.getAttribute("height"));
  if (ratio > 0 && ratio !== DRAWING && ratio !== Infinity) article.querySelector(".work__picture").append(stageOf(ratio));
  return article;
}

function stageOf(ratio) {
  const stage = document.createElement("div");
  stage.className = "stage";
  const shape = document.createElementNS(SVG, "svg");
  const [width, height] = [TALLEST * ratio, TALLEST];
  for (const [name, value] of Object.entries({ class: "stage__shape", width, height, viewBox: `0 0 ${width} ${height}` })) {
    shape.setAttribute(name, value);
  }
  stage.append(shape);
  return stage;
}
