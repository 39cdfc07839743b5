import type { TreeNode } from "./file-node.ts";
import type { LinearMemory } from "./linear-memory.ts";

/** Size of `struct dirent` in the guest's C library, in bytes. */
export const direntBytes = 280;

/** Writes `struct stat`; offsets as in the guest's C library (wasm32, 64-bit times). */
export function writeStat(memory: LinearMemory, at: number, node: TreeNode): void {
  const size = sizeOf(node);
  memory.slice(at, 96).fill(0);
  memory.setU32(at, 1);
  memory.setU32(at + 4, node.mode);
  memory.setU32(at + 8, 1);
  memory.setU64(at + 24, BigInt(size));
  memory.setU32(at + 32, 4096);
  memory.setU32(at + 36, Math.ceil(size / 512));
  writeTime(memory, at + 40, node.accessedAt);
  writeTime(memory, at + 56, node.modifiedAt);
  writeTime(memory, at + 72, node.changedAt);
  memory.setU64(at + 88, BigInt(node.inode));
}

/** Writes `struct statfs` of a file system with that many bytes left. */
export function writeStatFs(memory: LinearMemory, at: number, freeBytes: number): void {
  const blockBytes = 4096;
  const blocks = BigInt(Math.max(0, Math.floor(freeBytes / blockBytes)));
  memory.slice(at, 88).fill(0);
  memory.setU32(at + 4, blockBytes);
  memory.setU64(at + 8, blocks);
  memory.setU64(at + 16, blocks);
  memory.setU64(at + 24, blocks);
  memory.setU64(at + 32, blocks);
  memory.setU64(at + 40, blocks);
  memory.setU32(at + 56, 255);
  memory.setU32(at + 60, blockBytes);
}

/** Writes one `struct dirent`. */
export function writeDirent(
  memory: LinearMemory,
  at: number,
  entry: { readonly name: string; readonly node: TreeNode; readonly next: number },
): void {
  memory.slice(at, direntBytes).fill(0);
  memory.setU64(at, BigInt(entry.node.inode));
  memory.setU64(at + 8, BigInt(entry.next));
  memory.view.setUint16((at + 16) >>> 0, direntBytes, true);
  memory.bytes[(at + 18) >>> 0] = direntType[entry.node.kind];
  memory.setText(at + 19, entry.name);
}

// DT_ numbers of `dirent.h`.
const direntType = { pipe: 1, device: 2, folder: 4, file: 8, link: 10 } as const;

function sizeOf(node: TreeNode): number {
  if (node.kind === "file") return node.size;
  if (node.kind === "link") return node.target.length;
  return 0;
}

function writeTime(memory: LinearMemory, at: number, ms: number): void {
  const seconds = Math.floor(ms / 1000);
  memory.setU64(at, BigInt.asUintN(64, BigInt(seconds)));
  memory.setU32(at + 8, Math.floor((ms - seconds * 1000) * 1e6));
}
