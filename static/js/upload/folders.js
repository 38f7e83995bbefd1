/** What was dropped: files, and all that is in folders. */

import { worksOf } from "genonaut/upload/companions";

/** What a folder of an export holds (media/archives.py): its works are private or not by a list, which its zip brings along. */
const OF_EXPORT = ["export.json", "works.jsonl"];

/**
 * Walks folders that were dropped.
 * @param {(FileSystemEntry | File | null)[]} entries
 * @returns {Promise<{files: File[], unread: number, exports: number}>} all works in them, how many files and folders could
 *   not be read, and how many exports were left out: hidden files are passed over, what belongs to a work goes with it
 */
export async function filesOf(entries) {
  const files = [], below = [];
  let unread = 0;
  if (OF_EXPORT.every((name) => entries.some((entry) => entry?.name === name))) return { files, unread, exports: 1 };
  for (const entry of entries) {
    try {
      if (entry instanceof File) files.push(entry);
      else if (entry?.isFile && !entry.name.startsWith(".")) files.push(await fileOf(entry));
      else if (entry?.isDirectory && !entry.name.startsWith(".")) below.push(await filesOf(await childrenOf(entry)));
    } catch {
      unread += 1;
    }
  }
  return {
    files: [...worksOf(files), ...below.flatMap((folder) => folder.files)],
    unread: below.reduce((sum, folder) => sum + folder.unread, unread),
    exports: below.reduce((sum, folder) => sum + folder.exports, 0),
  };
}

/** @param {FileSystemFileEntry} entry @returns {Promise<File>} */
function fileOf(entry) {
  return new Promise((resolve, reject) => { entry.file(resolve, reject); });
}

/** @param {FileSystemDirectoryEntry} folder @returns {Promise<FileSystemEntry[]>} all of its entries: it tells some at a time */
async function childrenOf(folder) {
  const reader = folder.createReader();
  const children = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (some.length === 0) return children;
    children.push(...some);
  }
}
