import type { IncomingMessage } from "node:http";
import { posix } from "node:path";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { FileEntry } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { Busboy, type BusboyFileStream, type BusboyHeaders } from "@fastify/busboy";
import { metadataOf } from "./entry-info.ts";
import { homePath } from "./places.ts";
import type { EnvdRequest } from "./sandbox-use.ts";
import { writeFile } from "./write-file.ts";

/** Most files of one upload. */
const filesMax = 1_000;

const metadataHeader = "x-metadata-";

/** One file that was written. */
export interface WrittenFile {
  readonly path: string;
  readonly name: string;
  readonly type: "file";
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Writes what a request brings: one file as it is, or the parts of a form. */
export async function receiveFiles(
  request: IncomingMessage,
  options: { readonly path: string | undefined; readonly asked: EnvdRequest },
): Promise<readonly WrittenFile[]> {
  const { path, asked } = options;
  const metadata = metadataOfHeaders(request);
  const body = decoded(request);
  const type = request.headers["content-type"] ?? "";
  const write = async (at: string, part: Readable) => {
    const target = await homePath(at, asked);
    const stream = Readable.toWeb(part) as ReadableStream<Uint8Array>;
    return told(await writeFile({ path: target, body: stream, metadata }, asked));
  };
  if (!type.startsWith("multipart/form-data")) {
    if (path === undefined) throw noPath();
    return [await write(path, body)];
  }
  return receiveForm(body, { headers: { ...request.headers, "content-type": type }, path, write });
}

/** Parts come one after the other: the next begins when the one before is written. */
async function receiveForm(
  body: Readable,
  options: {
    readonly headers: BusboyHeaders;
    readonly path: string | undefined;
    readonly write: (path: string, part: Readable) => Promise<WrittenFile>;
  },
): Promise<readonly WrittenFile[]> {
  const { headers, path, write } = options;
  const form = new Busboy({
    headers,
    preservePath: true,
    isPartAFile: () => true,
    limits: { files: filesMax, fields: 0, parts: filesMax },
  });
  const written: Promise<WrittenFile>[] = [];
  form.on("file", (field: string, part: BusboyFileStream, name?: string) => {
    if (field !== "file") return void part.resume();
    const target = path ?? name ?? "";
    const done = target === "" ? Promise.reject(noPath()) : write(target, part);
    // What nobody reads any more would hold back the rest of the form.
    done.catch(() => part.resume());
    written.push(done);
  });
  await new Promise<void>((resolve, reject) => {
    form.once("finish", resolve);
    form.once("error", (error) => reject(badForm(error)));
    body.once("error", reject);
    body.pipe(form);
  });
  const files = await Promise.all(written);
  if (files.length === 0) throw badForm(new Error("it has no part that is named file"));
  return files;
}

function decoded(request: IncomingMessage): Readable {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding === "identity") return request;
  if (encoding !== "gzip") throw badEncoding();
  const gunzip = createGunzip();
  request.once("error", (error) => gunzip.destroy(error));
  return request.pipe(gunzip);
}

function metadataOfHeaders({ headers }: IncomingMessage): Record<string, string> {
  const own = Object.entries(headers).filter(([name]) => name.startsWith(metadataHeader));
  return Object.fromEntries(
    own.map(([name, value]) => [name.slice(metadataHeader.length), String(value)]),
  );
}

function told(entry: FileEntry): WrittenFile {
  const metadata = metadataOf(entry);
  const hasAny = Object.keys(metadata).length > 0;
  const { path } = entry;
  return { path, name: posix.basename(path), type: "file", ...(hasAny && { metadata }) };
}

function noPath(): Error {
  return invalid("/path", "it names no path");
}

function badForm(cause: unknown): Error {
  return invalid("/body", cause instanceof Error ? cause.message : "its form cannot be read");
}

function badEncoding(): Error {
  return invalid("/headers/content-encoding", "its encoding is neither gzip nor identity");
}

function invalid(path: string, what: string): Error {
  return raise("argument.invalid", {
    op: "e2b.files",
    detail: { path, rule: what },
    message: `Cannot read the upload: ${what}`,
  });
}
