import type { IncomingMessage, ServerResponse } from "node:http";
import { posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { FileEntry } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { look } from "./owned-paths.ts";
import { homePath } from "./places.ts";
import { type EnvdRequest, rootUser } from "./sandbox-use.ts";

/** Longest download. */
const readTimeoutMs = 3600_000;

/** Below this, compressing costs more than it saves. */
const gzipBytesMin = 1024;

/** Most links that lead to one file. */
const linksMax = 40;

/** Answers with the bytes of a file. */
export async function sendFile(
  exchange: { readonly request: IncomingMessage; readonly response: ServerResponse },
  options: { readonly path: string; readonly asked: EnvdRequest },
): Promise<void> {
  const { request, response } = exchange;
  const { asked } = options;
  const { use } = asked;
  const file = await demandFile(await homePath(options.path, asked), asked);
  const call = use.call({ timeoutMs: readTimeoutMs });
  const body = await use.files.read({ path: file.path, user: rootUser }, call);
  const bytes = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
  response.setHeader("content-type", "application/octet-stream");
  response.setHeader("content-disposition", disposition(posix.basename(file.path)));
  response.setHeader("vary", "Accept-Encoding");
  if (file.bytes >= gzipBytesMin && takesGzip(request)) {
    response.setHeader("content-encoding", "gzip");
    await pipeline(bytes, createGzip({ level: 1 }), response);
    return;
  }
  // A file of the kernel's says that it is empty and is not: its length is not told.
  const isKernels = file.bytes === 0 && /^\/(proc|sys)\//.test(file.path);
  if (!isKernels) response.setHeader("content-length", file.bytes);
  await pipeline(bytes, response);
}

async function demandFile(path: string, asked: EnvdRequest): Promise<FileEntry> {
  let at = path;
  for (let step = 0; step < linksMax; step++) {
    const entry = await look(at, asked);
    if (entry === undefined) throw missing(path);
    if (entry.kind === "file") return entry;
    if (entry.kind !== "link") throw noFile(path);
    at = posix.resolve(posix.dirname(at), entry.target ?? "");
  }
  throw missing(path);
}

function takesGzip({ headers }: IncomingMessage): boolean {
  const accepted = String(headers["accept-encoding"] ?? "").split(",");
  return accepted.some((each) => /^\s*gzip\s*(;\s*q=(1|0\.\d*[1-9]\d*)(\.0*)?)?\s*$/.test(each));
}

function disposition(name: string): string {
  return `inline; filename*=utf-8''${encodeURIComponent(name).replace(/['()*]/g, encodeRest)}`;
}

function encodeRest(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function missing(path: string): Error {
  return raise("resource.missing", {
    op: "e2b.files",
    detail: { type: "file", id: path },
    message: `Cannot read ${path}: there is nothing`,
  });
}

function noFile(path: string): Error {
  return raise("argument.invalid", {
    op: "e2b.files",
    detail: { path: "/path", rule: "a file" },
    message: `Cannot read ${path}: it is no file`,
  });
}
