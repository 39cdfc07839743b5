import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { type LayerBounds, layerMembers } from "./layer-members.ts";
import { memberRecord, type SettledFolder } from "./member-record.ts";
import { unpackPath } from "./unpack-program.ts";

/** Longest complaint of the unpacker that is kept. */
const complaintBytesMax = 4096;

/** Records are sent together until there is this much of them. */
const batchBytes = 256 * 1024;

/**
 * Makes the files of a layer in an empty folder, as the lower folder of an overlay wants them: what
 * is hidden is a device 0/0, and a folder that hides all has the overlay's own attribute. Needs root.
 */
export async function unpackLayer(
  archive: AsyncIterable<Uint8Array>,
  options: {
    readonly folder: string;
    readonly bounds: LayerBounds;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const { folder, bounds, signal } = options;
  const child = spawn(unpackPath, [folder], { stdio: ["pipe", "ignore", "pipe"], env: {} });
  const ended = once(child, "close");
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    if (complaint.length < complaintBytesMax) complaint += chunk.toString("utf8");
  });
  // An unpacker that gave up is told of by its exit.
  child.stdin.on("error", () => {});
  try {
    const sender = new Sender(child.stdin, ended);
    await sendAll(archive, { sender, bounds, signal });
    child.stdin.end();
  } catch (error) {
    child.kill("SIGKILL");
    await ended;
    throw complaint === "" ? error : new Error(complaint.trim());
  }
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(complaint.trim() || "the unpacker ended without a word");
}

async function sendAll(
  archive: AsyncIterable<Uint8Array>,
  options: {
    readonly sender: Sender;
    readonly bounds: LayerBounds;
    readonly signal: AbortSignal | undefined;
  },
): Promise<void> {
  const { sender, bounds, signal } = options;
  const folders = new Map<string, SettledFolder>();
  for await (const member of layerMembers(archive, bounds)) {
    signal?.throwIfAborted();
    await sender.send(memberRecord(member));
    if (member.kind === "file") {
      for await (const part of member.body()) await sender.send(part);
    }
    if (member.kind === "folder" && member.path !== "") {
      const { path, modifiedAt } = member;
      folders.set(path, { kind: "settle", path, modifiedAt });
    } else folders.delete(member.path);
  }
  for (const each of folders.values()) await sender.send(memberRecord(each));
  await sender.flush();
}

/** Writes small parts together, and no faster than they are taken. */
class Sender {
  readonly #stream: Writable;
  readonly #ended: Promise<unknown>;
  #held: Uint8Array[] = [];
  #bytes = 0;

  constructor(stream: Writable, ended: Promise<unknown>) {
    this.#stream = stream;
    this.#ended = ended;
  }

  async send(bytes: Uint8Array): Promise<void> {
    this.#held.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes >= batchBytes) await this.flush();
  }

  async flush(): Promise<void> {
    const all = Buffer.concat(this.#held);
    this.#held = [];
    this.#bytes = 0;
    if (!this.#stream.writable) throw new Error("the unpacker gave up");
    if (this.#stream.write(all)) return;
    const drained = new AbortController();
    const { signal } = drained;
    try {
      await Promise.race([once(this.#stream, "drain", { signal }), this.#ended]);
    } finally {
      drained.abort();
    }
  }
}
