import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/** Runs the host engine's collector now; some milliseconds. */
export function collectGarbage(): void {
  collect ??= findCollector();
  collect();
}

/** The flag shows the function to contexts that are made after it, so to none of anybody else's. */
function findCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const found = runInNewContext("gc") as () => void;
  setFlagsFromString("--no-expose-gc");
  return found;
}
