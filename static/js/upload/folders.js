/** What was dropped: files, and all that is in folders. */

import { worksOf } from "genonaut/upload/companions";

/**
 * Walks folders that were dropped.
 * @param {(FileSystemEntry | File | null)[]} entries
 * @returns {Promise<{files: File[], unread: number}>} all works in them, and how many files and folders could not be read:
 *   hidden files are passed over, what belongs to a work goes with it
 */
export async function filesOf(entries) {
  const files = [], below = [];
  let unread = 0;
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
