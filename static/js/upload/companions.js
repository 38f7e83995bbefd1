/** Files that belong to another of the same folder: texts beside a picture, the first frame of a video. */

const TEXT = /\.(txt|json|caption|xmp)$/i;
const VIDEO = /\.(mp4|webm|mov|mkv)$/i;
const FRAME = /\.png$/i;
/** It holds works: no text belongs to it. */
const ZIP = /\.zip$/i;

/** @type {WeakMap<File, File[]>} */
const beside = new WeakMap();

/** @param {string} name @returns {string} it without its ending */
function stemOf(name) {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(0, dot) : name;
}

/**
 * Finds the works among the files of one folder, and remembers what belongs to each (media/companions.py does the same).
 * @param {File[]} files
 * @returns {File[]}
 */
export function worksOf(files) {
  const stems = new Set(files.filter(({ name }) => !TEXT.test(name) && !ZIP.test(name)).flatMap(({ name }) => [stemOf(name), name]));
  const videos = new Set(files.filter(({ name }) => VIDEO.test(name)).map(({ name }) => stemOf(name)));
  const belongs = ({ name }) => (TEXT.test(name) ? stems : FRAME.test(name) ? videos : new Set()).has(stemOf(name));
  /** @type {Map<string, File[]>} */
  const byStem = new Map();
  for (const file of files.filter(belongs)) byStem.set(stemOf(file.name), [...byStem.get(stemOf(file.name)) ?? [], file]);
  const works = files.filter((file) => !belongs(file));
  for (const work of works.filter(({ name }) => !ZIP.test(name))) {
    const own = [...byStem.get(stemOf(work.name)) ?? [], ...byStem.get(work.name) ?? []];
    const fitting = own.filter(({ name }) => TEXT.test(name) || VIDEO.test(work.name));
    if (fitting.length > 0) beside.set(work, fitting);
  }
  return works;
}

/** @param {File} work @returns {File[]} what belongs to it */
export function companionsOf(work) {
  return beside.get(work) ?? [];
}
