/**
 * Says how large the reader wants pictures (genonaut/list/layout), before anything is painted. No module: a module runs after
 * the page is read, and rows that change their height then would move it.
 */
try {
  const size = localStorage.getItem("genonaut.size");
  if (/^[1-5]$/.test(size)) document.documentElement.dataset.size = size;
} catch {
  // A browser may refuse to remember anything.
}
