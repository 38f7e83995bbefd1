/** Blurred pictures in the cards' frames until the thumbnails are there: thumbhashes, drawn on canvases of 16 pixels.
 *
 * Source of the format: the thumbhash documentation; ours have no transparency. */

const SIDE = 16;
const WAVES = 7;
const HEADER_NIBBLES = 10;

/** @param {number} size @returns {Float32Array[]} each wave along a side */
function waves(size) {
  return Array.from({ length: WAVES }, (_, wave) =>
    Float32Array.from({ length: size }, (_, position) => Math.cos((Math.PI / size) * (position + 0.5) * wave)));
}

/** @param {Uint8Array} bytes of a thumbhash @returns {ImageData} */
export function decoded(bytes) {
  const head = bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);
  const tail = bytes[3] | (bytes[4] << 8);
  const isWide = tail >> 15;
  const columns = Math.max(3, isWide ? WAVES : tail & 7);
  const rows = Math.max(3, isWide ? tail & 7 : WAVES);
  const width = Math.round(Math.min(SIDE, (SIDE * columns) / rows));
  const height = Math.round(Math.min(SIDE, (SIDE * rows) / columns));
  const across = waves(width);
  const down = waves(height);
  let nibble = HEADER_NIBBLES;
  const channel = (mean, scale, most, mostDown) => {
    const plane = new Float32Array(width * height).fill(mean);
    for (let y = 0; y < mostDown; y++) {
      for (let x = y === 0 ? 1 : 0; x * mostDown < most * (mostDown - y); x++) {
        const value = (bytes[nibble >> 1] >> ((nibble++ & 1) * 4)) & 15;
        const factor = (value / 7.5 - 1) * scale * 2;
        for (let row = 0, i = 0; row < height; row++) {
          const part = factor * down[y][row];
          for (let column = 0; column < width; column++) plane[i++] += part * across[x][column];
        }
      }
    }
    return plane;
  };
  const light = channel((head & 63) / 63, ((head >> 18) & 31) / 31, columns, rows);
  const yellow = channel(((head >> 6) & 63) / 31.5 - 1, (((tail >> 3) & 63) / 63) * 1.25, 3, 3);
  const red = channel(((head >> 12) & 63) / 31.5 - 1, (((tail >> 9) & 63) / 63) * 1.25, 3, 3);
  const image = new ImageData(width, height);
  light.forEach((bright, i) => {
    const blue = bright - (2 / 3) * yellow[i];
    const warm = (3 * bright - blue + red[i]) / 2;
    image.data.set([warm * 255, (warm - red[i]) * 255, blue * 255, 255], i * 4);
  });
  return image;
}

/**
 * Draws what stands in for pictures that are under way; each goes with its picture's arrival.
 * @param {HTMLElement[]} cards
 * @param {AbortSignal} signal
 */
export function draw(cards, signal) {
  for (const card of cards) {
    const ground = card.querySelector("[data-thumbhash]");
    const picture = card.querySelector("img");
    if (!ground || !picture || picture.complete || ground.nextElementSibling !== picture) continue;
    const image = decoded(Uint8Array.from(atob(ground.dataset.thumbhash), (char) => char.charCodeAt(0)));
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    canvas.className = "card__ground";
    canvas.setAttribute("aria-hidden", "true");
    canvas.getContext("2d").putImageData(image, 0, 0);
    ground.after(canvas);
    for (const end of ["load", "error"]) picture.addEventListener(end, () => canvas.remove(), { once: true, signal });
  }
}
