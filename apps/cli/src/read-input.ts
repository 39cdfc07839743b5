import { readFileSync } from "node:fs";
import { raise } from "@bedplate/errors";

/** The bytes of a file that the command line names; `-` is standard input. */
export function readInput(path: string): Uint8Array {
  try {
    return readFileSync(path === "-" ? 0 : path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The JSON of such a file. */
export function readJson(path: string): unknown {
  const text = Buffer.from(readInput(path)).toString();
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "it is no JSON";
    throw raise("argument.invalid", {
      op: "cli.read",
      detail: { path, rule: "JSON" },
      message: `Cannot read ${path}: ${why}`,
      cause,
    });
  }
}

function unreadable(path: string, error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "ENOENT" && code !== "ENOTDIR") {
    return raise("argument.invalid", {
      op: "cli.read",
      detail: { path, rule: "a readable file" },
      message: `Cannot read ${path}: ${code === "EISDIR" ? "it is a folder" : String(code)}`,
      cause: error,
    });
  }
  return missingFile(path);
}

/** The fault of a path that leads nowhere. */
export function missingFile(path: string): Error {
  return raise("resource.missing", {
    op: "cli.read",
    detail: { type: "file", id: path },
    message: `Cannot read ${path}: there is no such file`,
  });
}
