import * as own from "./intrinsics.js";

/** Longest delay; a greater one is 1 ms, as in browsers and Node. */
const delayMsMax = 2_147_483_647;

/** Timers as a binary heap by time, then by order of creation. Nothing here waits: the host does. */
export function makeTimers() {
  const heap = [];
  const live = new Map();
  let lastId = 0;

  const add = (callback, { delay, values, isRepeated }) => {
    if (typeof callback !== "function") throw new TypeError("The callback must be a function");
    const asked = Number(delay);
    const delayMs = asked >= 1 && asked <= delayMsMax ? Math.trunc(asked) : 1;
    const id = ++lastId;
    const timer = {
      id,
      order: id,
      at: own.dateNow() + delayMs,
      callback,
      values,
      delayMs,
      isRepeated,
    };
    own.mapSet(live, id, timer);
    pushTimer(heap, timer);
    return id;
  };
  const clear = (id) => {
    own.mapDelete(live, Number(id));
  };
  return {
    setTimeout: (callback, delay, ...values) => add(callback, { delay, values, isRepeated: false }),
    setInterval: (callback, delay, ...values) => add(callback, { delay, values, isRepeated: true }),
    setImmediate: (callback, ...values) => add(callback, { delay: 1, values, isRepeated: false }),
    clear,
    /** Milliseconds since 1970 at which the next timer is due; -1 when there is none. */
    nextAt: () => {
      while (heap.length > 0 && own.mapGet(live, heap[0].id) !== heap[0]) popTimer(heap);
      return heap.length > 0 ? heap[0].at : -1;
    },
    /** Runs the first timer. */
    fire: () => {
      const timer = popTimer(heap);
      if (timer.isRepeated) {
        timer.at = own.dateNow() + timer.delayMs;
        timer.order = ++lastId;
        pushTimer(heap, timer);
      } else {
        own.mapDelete(live, timer.id);
      }
      own.reflectApply(timer.callback, undefined, timer.values);
    },
  };
}

function isBefore(a, b) {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function pushTimer(heap, timer) {
  let at = heap.length;
  heap[at] = timer;
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (!isBefore(heap[at], heap[above])) return;
    swap(heap, at, above);
    at = above;
  }
}

function popTimer(heap) {
  const first = heap[0];
  const last = heap[heap.length - 1];
  heap.length -= 1;
  if (heap.length === 0) return first;
  heap[0] = last;
  let at = 0;
  for (;;) {
    let least = at;
    for (const below of [2 * at + 1, 2 * at + 2]) {
      if (below < heap.length && isBefore(heap[below], heap[least])) least = below;
    }
    if (least === at) return first;
    swap(heap, at, least);
    at = least;
  }
}

function swap(heap, a, b) {
  const kept = heap[a];
  heap[a] = heap[b];
  heap[b] = kept;
}
