import { readFileSync } from "node:fs";

/** The hard bound of descriptors of this process: without a capability no child gets a higher one. */
export function ownOpenFilesMax(): number {
  const line = readFileSync("/proc/self/limits", "utf8")
    .split("\n")
    .find((each) => each.startsWith("Max open files"));
  const hard = line?.trim().split(/\s+/).at(-2);
  return hard === undefined || hard === "unlimited" ? Number.MAX_SAFE_INTEGER : Number(hard);
}
