import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The program that makes the files of a layer; see `native/unpack.c`. */
export const unpackPath: string = fileURLToPath(
  new URL(
    `../../native/bin/unpack-${process.arch === "arm64" ? "aarch64" : "x86_64"}`,
    import.meta.url,
  ),
);

/** True where this package has the program for this processor. */
export function hasUnpacker(): boolean {
  return process.platform === "linux" && existsSync(unpackPath);
}
