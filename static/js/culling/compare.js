/** Two pictures one over the other, and a slider that shows more or less of the second. */

/** @param {HTMLElement} frame what holds the two, side by side without script */
function start(frame) {
  const [first, second] = frame.querySelectorAll("img");
  if (!first || !second) return;
  const label = document.querySelector(".compare__slider");
  const slider = label.querySelector("input");
  const draw = () => frame.style.setProperty("--shown", `${100 - slider.value}%`);
  label.hidden = false;
  slider.addEventListener("input", draw);
  draw();
}

for (const frame of document.querySelectorAll("[data-compare]")) start(frame);
