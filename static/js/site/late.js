/** What loads late: with something that happens, or, if it did not come then, with the next. */

/**
 * @param {EventTarget} target
 * @param {string} kind of the event that it is needed at
 * @param {() => Promise<object[]>} load imports its modules
 * @param {(modules: object[]) => void} start called once
 * @param {AbortSignal} signal
 */
export function startOn(target, kind, load, start, signal) {
  let isStarted = false;
  target.addEventListener(kind, async () => {
    if (isStarted) return;
    const modules = await load().catch(() => null);
    if (modules === null || isStarted || signal.aborted) return;
    isStarted = true;
    start(modules);
  }, { signal });
}
