import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/** Bytes of buffers that something still refers to: what is only waiting to be collected is not held. */
export function heldBytes(): number {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  // Buffers are freed when the collection after the one that found them begins.
  collect();
  collect();
  return process.memoryUsage().arrayBuffers;
}
