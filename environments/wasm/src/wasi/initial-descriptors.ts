import { raise } from "@bedplate/errors";
import type { Directory } from "./file-system/directory.ts";
import { FileContent } from "./file-system/file-content.ts";
import type { OutputDevice, RegularFile } from "./file-system/inode.ts";
import { encodeName } from "./file-system/path-name.ts";
import { directoryRights, inheritedRights, inputRights, outputRights } from "./rights.ts";
import type { WasiContext } from "./wasi-context.ts";

/** Streams are on no volume, so they share a number that no file has. */
const streamNumber = 0;

/**
 * Opens 0, 1 and 2. The input is a file that can only be read, as after `program < file`; the
 * outputs look like terminals, so that a program that breaks off has written its last full line.
 */
export function openStandardStreams(context: WasiContext, stdin: Uint8Array | undefined): void {
  const { descriptors } = context;
  const input = { inode: inputFile(context, stdin ?? new Uint8Array()), rights: inputRights };
  descriptors.add({ ...input, position: 0, flags: 0, inheriting: 0 });
  for (const stream of ["stdout", "stderr"] as const) {
    const inode: OutputDevice = { kind: "output", stream, ...streamInode() };
    descriptors.add({ inode, position: 0, flags: 0, rights: outputRights, inheriting: 0 });
  }
}

/** Opens the directories that the guest may use, from 3 on. */
export function openPreopens(context: WasiContext, paths: readonly string[]): void {
  for (const path of paths) {
    context.descriptors.add({
      inode: findDirectory(context.fileSystem.root, path),
      position: 0,
      flags: 0,
      rights: directoryRights,
      inheriting: inheritedRights,
      preopen: encodeName(path),
    });
  }
}

function inputFile({ fileSystem, spend }: WasiContext, bytes: Uint8Array): RegularFile {
  const { quota, large } = fileSystem;
  const bytesMax = bytes.length;
  const content = new FileContent(bytes, { quota, large, bytesMax, written: 0, spend });
  return { kind: "file", content, ...streamInode() };
}

/** One link more than names, so that closing a stream does not free what was never counted. */
function streamInode() {
  const times = { accessed: 0n, modified: 0n, changed: 0n };
  return { number: streamNumber, times, links: 1, opened: 0 };
}

function findDirectory(root: Directory, path: string): Directory {
  let current = root;
  for (const part of path.split("/").filter((each) => each !== "")) {
    const next = current.get(part);
    if (next?.kind !== "directory") {
      throw raise("argument.invalid", {
        op: "environment.invoke",
        detail: { path: "/preopens", rule: "names directories of the image" },
        message: `Cannot preopen ${JSON.stringify(path)}: the image has no such directory`,
      });
    }
    current = next;
  }
  return current;
}
