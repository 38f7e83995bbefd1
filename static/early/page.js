/**
 * What must be known before anything is painted, or clicked. No module: a module runs after the page is read.
 */
{
  // What the server sent this document for: Back may change the address before the modules are here to notice (main.js).
  document.sentFor = location.pathname + location.search;
  try {
    // How large the reader wants pictures (genonaut/list/layout): rows that change their height later would move the page.
    const size = localStorage.getItem("genonaut.size");
    if (/^[1-5]$/.test(size)) document.documentElement.dataset.size = size;
  } catch {
    // A browser may refuse to remember anything.
  }
}
