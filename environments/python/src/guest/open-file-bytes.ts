import { type OpenFile, openFlag } from "./descriptor-table.ts";
import { CallError } from "./error-number.ts";
import type { FileNode, PipeNode } from "./file-node.ts";
import type { GuestState } from "./guest-state.ts";

/** A piece of guest memory, and the place in the file when it is not the file's own position. */
export interface Transfer {
  readonly buffer: Uint8Array;
  readonly position?: number | undefined;
}

/** Most bytes that wait in a pipe; one process cannot empty a pipe that it waits on. */
export const pipeBytesMax = 65_536;

/** Longest file, in bytes. */
export const fileBytesMax: number = 2 ** 31 - 1;

/** Reads into guest memory; 0 at the end. */
export function readFrom(guest: GuestState, file: OpenFile, transfer: Transfer): number {
  const { node } = file;
  const { buffer } = transfer;
  guest.outside.charge(buffer.length >>> 3);
  switch (node.kind) {
    case "file":
      return readFile(file, node, transfer);
    case "pipe":
      return readPipe(node, buffer);
    case "device":
      if (node.device === "stdin") return readStdin(guest, buffer);
      if (node.device === "zero") buffer.fill(0);
      else if (node.device === "random") guest.outside.random(buffer);
      else return 0;
      return buffer.length;
    case "folder":
    case "link":
      throw new CallError("EISDIR");
  }
}

/** Writes from guest memory. */
export function writeTo(guest: GuestState, file: OpenFile, transfer: Transfer): number {
  const { node } = file;
  const { buffer } = transfer;
  guest.outside.charge(buffer.length >>> 3);
  switch (node.kind) {
    case "file":
      return writeFile(guest, file, transfer);
    case "pipe":
      return writePipe(node, buffer);
    case "device":
      if (node.device === "stdin") throw new CallError("EBADF");
      if (node.device === "stdout" || node.device === "stderr") {
        guest.outside.write(node.device, buffer);
      }
      return buffer.length;
    case "folder":
    case "link":
      throw new CallError("EISDIR");
  }
}

function readFile(file: OpenFile, node: FileNode, { buffer, position }: Transfer): number {
  const from = position ?? file.position;
  const data = node.data.subarray(from, Math.min(node.size, from + buffer.length));
  buffer.set(data);
  if (position === undefined) file.position += data.length;
  return data.length;
}

function writeFile({ tree }: GuestState, file: OpenFile, transfer: Transfer): number {
  const node = file.node as FileNode;
  const { buffer, position } = transfer;
  const isAppend = position === undefined && (file.flags & openFlag.append) !== 0;
  const at = isAppend ? node.size : (position ?? file.position);
  const end = at + buffer.length;
  if (end > fileBytesMax) throw new CallError("ENOSPC");
  tree.reserve(node, Math.max(end, node.size));
  node.data.set(buffer, at);
  node.size = Math.max(node.size, end);
  if (position === undefined) file.position = end;
  tree.touch(node);
  return buffer.length;
}

function readStdin(guest: GuestState, buffer: Uint8Array): number {
  const { stdin } = guest.outside;
  const data = stdin.subarray(guest.stdinPosition, guest.stdinPosition + buffer.length);
  buffer.set(data);
  guest.stdinPosition += data.length;
  return data.length;
}

function readPipe(node: PipeNode, buffer: Uint8Array): number {
  const data = node.queued.subarray(0, buffer.length);
  buffer.set(data);
  node.queued = node.queued.slice(data.length);
  return data.length;
}

function writePipe(node: PipeNode, buffer: Uint8Array): number {
  if (node.readers === 0) throw new CallError("EPIPE");
  const room = pipeBytesMax - node.queued.length;
  if (buffer.length > 0 && room === 0) throw new CallError("EPIPE");
  const data = buffer.subarray(0, room);
  const queued = new Uint8Array(node.queued.length + data.length);
  queued.set(node.queued);
  queued.set(data, node.queued.length);
  node.queued = queued;
  return data.length;
}
