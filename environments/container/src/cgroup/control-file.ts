import { readFileSync, writeFileSync } from "node:fs";

// The kernel answers at once: waiting for a thread would cost more than the call itself.

/** Reads a control file; undefined where the kernel or the cgroup has none. */
export function readControl(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Writes a control file in one call, as the kernel wants it. */
export function writeControl(path: string, value: string | number): void {
  writeFileSync(path, String(value), { flag: "r+" });
}

/** Writes a control file that this kernel may not have; false where it has not. */
export function tryWriteControl(path: string, value: string | number): boolean {
  try {
    writeControl(path, value);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** A number of a control file; 0 where there is none. */
export function readNumber(path: string): number {
  return Number(readControl(path) ?? 0) || 0;
}

/** A number in a file of lines `name value`; 0 where there is none. */
export function readEntry(path: string, name: string): number {
  const line = readControl(path)
    ?.split("\n")
    .find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0) || 0;
}

/** True for "there is no such file" and for "its cgroup is being removed". */
function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENODEV";
}
