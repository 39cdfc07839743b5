import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, posix, relative, sep } from "node:path";
import { raise } from "@bedplate/errors";
import { missingFile, readInput } from "./read-input.ts";

/** What `run` runs. */
export interface ProgramSource {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Files that travel along, by the path that the guest sees. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** Names by which a folder's program is found, in this order. */
export const mainNames: readonly string[] = [
  "main.py",
  "main.js",
  "main.mjs",
  "main.wasm",
  "index.js",
];

const filesMax = 1_000;
const filesBytesMax = 32 * 2 ** 20;
/** Where the guest finds the files of a folder. */
const guestFolder = "/home/guest";

/** Reads a file, a folder with a main file, or standard input. */
export function readSource(
  operand: string,
  options: { readonly stdinName: string },
): ProgramSource {
  if (operand === "-") return { name: options.stdinName, bytes: readInput("-"), files: {} };
  const kind = statSync(operand, { throwIfNoEntry: false });
  if (kind === undefined) throw missingFile(operand);
  if (!kind.isDirectory()) return { name: basename(operand), bytes: readInput(operand), files: {} };
  const main = mainNames.find((each) => statSync(join(operand, each), { throwIfNoEntry: false }));
  if (main === undefined) throw unreadable(operand, `it has none of ${mainNames.join(", ")}`);
  return {
    // Where the guest finds it, so that relative imports start from there.
    name: `${guestFolder}/${main}`,
    bytes: readInput(join(operand, main)),
    files: readFolder(operand, main),
  };
}

function readFolder(folder: string, main: string): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  let bytes = 0;
  for (const each of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!each.isFile()) continue;
    const path = join(each.parentPath, each.name);
    const name = relative(folder, path).split(sep).join(posix.sep);
    if (name === main || name.split("/").some((part) => part.startsWith("."))) continue;
    const content = readFileSync(path);
    bytes += content.length;
    if (Object.keys(files).length >= filesMax)
      throw unreadable(folder, `it has more than ${filesMax} files`);
    if (bytes > filesBytesMax)
      throw unreadable(folder, `its files have more than ${filesBytesMax} bytes`);
    files[`${guestFolder}/${name}`] = content;
  }
  return files;
}

function unreadable(path: string, why: string): Error {
  return raise("argument.invalid", {
    op: "cli.run",
    detail: { path, rule: why },
    message: `Cannot run ${path}: ${why}`,
  });
}
