import { awaitGuest, cancelOnAbort, type GuestCall, pour } from "./await-guest.ts";
import type { Connection } from "./connection.ts";
import type { Fields, FieldValue } from "./fields.ts";
import { type GuestEntry, type ListedEntry, readEntry, readListedEntry } from "./guest-entry.ts";
import type { GuestStream } from "./guest-stream.ts";
import { type Inbox, streamOf } from "./inbox.ts";
import { fileFlag, type Operation, tag } from "./wire-numbers.ts";

/** A path of the machine; bytes for one that is no text. */
export type GuestPath = string | Uint8Array;

/** Options of every operation on files. */
export interface FileCall extends GuestCall {
  /** Acts with this user's rights: a name, `uid` or `uid:gid`; by default the agent's. */
  readonly user?: string | undefined;
}

export interface FollowOptions extends FileCall {
  /** Whether a symbolic link at the end of the path is followed, within the root. */
  readonly follows?: boolean | undefined;
}

export interface ReadOptions extends FileCall {
  readonly offset?: number | undefined;
  readonly length?: number | undefined;
}

export interface WriteOptions extends FollowOptions {
  /** By default the mode of the file that is replaced, or 0644. */
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Makes missing folders. */
  readonly makesParents?: boolean | undefined;
  /** The extended attributes of the new file, which has no others; set before anyone sees it. */
  readonly attributes?: ReadonlyMap<string, Uint8Array> | undefined;
  /** Waits until the bytes are on disk. */
  readonly syncs?: boolean | undefined;
  /** Fails when the file is there already. */
  readonly isExclusive?: boolean | undefined;
  readonly bytesMax?: number | undefined;
}

export interface ChangeRequest {
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Milliseconds since 1970. */
  readonly modifiedAt?: number | undefined;
}

export interface UnpackOptions extends FileCall {
  readonly makesParents?: boolean | undefined;
  /** Owners, and set-user-id and set-group-id bits, as the archive has them. */
  readonly keepsOwners?: boolean | undefined;
  readonly entriesMax?: number | undefined;
  /** Of all files together. */
  readonly bytesMax?: number | undefined;
}

export type WatchEventType = "create" | "write" | "remove" | "rename" | "chmod" | "overflow";

export interface WatchEvent {
  /** `overflow`: events were lost, look again. `rename`: the name is gone; where it went is a `create`. */
  readonly type: WatchEventType;
  /** Relative to what is watched. */
  readonly path: string;
  readonly isFolder: boolean;
}

const watchEvents: Readonly<Record<number, WatchEventType>> = {
  1: "create",
  2: "write",
  3: "remove",
  4: "rename",
  5: "chmod",
  6: "overflow",
};

type FieldRow = readonly (readonly [number, FieldValue])[];

/** The machine's files. No path leaves its root, whatever the machine does to its links meanwhile. */
export class Files {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async stat(path: GuestPath, options: FollowOptions = {}): Promise<GuestEntry> {
    const stream = this.#open("stat", path, { ...options, fields: followFields(options) });
    return readEntry(await awaitGuest(stream, answerOf(stream), options));
  }

  /** The entries of a folder, and of folders in it down to `depth` (1: only its own). */
  async list(
    path: GuestPath,
    options: FileCall & { readonly depth?: number; readonly entriesMax?: number } = {},
  ): Promise<AsyncIterableIterator<ListedEntry>> {
    const fields: FieldRow = [
      [tag.depth, options.depth],
      [tag.limit, options.entriesMax],
    ];
    const stream = this.#open("list", path, { ...options, fields });
    await awaitGuest(stream, stream.answer, options);
    cancelOnAbort(stream, options.signal);
    return each(stream, readListedEntry);
  }

  /** A part of a file, or all of it. */
  async read(
    path: GuestPath,
    options: ReadOptions = {},
  ): Promise<{ readonly entry: GuestEntry; readonly body: ReadableStream<Uint8Array> }> {
    const fields: FieldRow = [
      [tag.offset, options.offset],
      [tag.length, options.length],
    ];
    const stream = this.#open("read", path, { ...options, fields });
    const entry = readEntry(await awaitGuest(stream, stream.answer, options));
    cancelOnAbort(stream, options.signal);
    return { entry, body: bodyOf(stream) };
  }

  /** Replaces a file at once: a reader sees the old one or the new one. Resolves with its size. */
  async write(
    path: GuestPath,
    body: AsyncIterable<Uint8Array>,
    options: WriteOptions = {},
  ): Promise<number> {
    const flags =
      (options.follows === false ? 0 : fileFlag.follow) |
      (options.makesParents === true ? fileFlag.parents : 0) |
      (options.syncs === true ? fileFlag.sync : 0) |
      (options.isExclusive === true ? fileFlag.exclusive : 0);
    const fields: FieldRow = [
      [tag.flags, flags],
      [tag.mode, options.mode],
      [tag.uid, options.uid],
      [tag.gid, options.gid],
      [tag.limit, options.bytesMax],
      ...[...(options.attributes ?? [])].flatMap(
        ([name, value]) =>
          [
            [tag.name, name],
            [tag.value, value],
          ] as const,
      ),
    ];
    const stream = this.#open("write", path, { ...options, fields });
    return (await this.#send(stream, body, options)).needNumber(tag.size);
  }

  async makeFolder(
    path: GuestPath,
    options: FileCall & { readonly mode?: number; readonly makesParents?: boolean } = {},
  ): Promise<void> {
    const flags = options.makesParents === true ? fileFlag.parents : 0;
    const fields: FieldRow = [
      [tag.mode, options.mode],
      [tag.flags, flags],
    ];
    await this.#do("makeFolder", path, { ...options, fields });
  }

  async rename(
    path: GuestPath,
    target: GuestPath,
    options: FileCall & { readonly makesParents?: boolean; readonly replaces?: boolean } = {},
  ): Promise<void> {
    const flags =
      (options.makesParents === true ? fileFlag.parents : 0) |
      (options.replaces === false ? fileFlag.noReplace : 0);
    const fields: FieldRow = [
      [tag.target, target],
      [tag.flags, flags],
    ];
    await this.#do("rename", path, { ...options, fields });
  }

  async remove(
    path: GuestPath,
    options: FileCall & { readonly isRecursive?: boolean } = {},
  ): Promise<void> {
    const flags = options.isRecursive === true ? fileFlag.recursive : 0;
    await this.#do("remove", path, { ...options, fields: [[tag.flags, flags]] });
  }

  /** Mode, owner, time of change: what is given. */
  async change(path: GuestPath, change: ChangeRequest, options: FollowOptions = {}): Promise<void> {
    const { mode, uid, gid, modifiedAt } = change;
    const fields: FieldRow = [
      ...followFields(options),
      [tag.mode, mode],
      [tag.uid, uid],
      [tag.gid, gid],
      [
        tag.modifiedNs,
        modifiedAt === undefined ? undefined : BigInt(Math.round(modifiedAt * 1e3)) * 1000n,
      ],
    ];
    await this.#do("change", path, { ...options, fields });
  }

  async symlink(path: GuestPath, target: GuestPath, options: FileCall = {}): Promise<void> {
    await this.#do("symlink", path, { ...options, fields: [[tag.target, target]] });
  }

  /** The extended attributes of a file or folder. */
  async attributes(
    path: GuestPath,
    options: FileCall = {},
  ): Promise<ReadonlyMap<string, Uint8Array>> {
    const stream = this.#open("attributes", path, options);
    const fields = await awaitGuest(stream, answerOf(stream), options);
    const values = fields.all(tag.value);
    return new Map(
      fields.texts(tag.name).map((name, at) => [name, values[at] ?? new Uint8Array(0)]),
    );
  }

  /** Sets an extended attribute, or, with `undefined`, takes it away. */
  async setAttribute(
    path: GuestPath,
    attribute: { readonly name: string; readonly value: Uint8Array | undefined },
    options: FileCall = {},
  ): Promise<void> {
    const { name, value } = attribute;
    const flags = value === undefined ? fileFlag.removeAttribute : 0;
    const fields: FieldRow = [
      [tag.name, name],
      [tag.value, value],
      [tag.flags, flags],
    ];
    await this.#do("setAttribute", path, { ...options, fields });
  }

  /** Changes below a folder, from now on; leaving the loop ends the watch. */
  async watch(
    path: GuestPath,
    options: FileCall & { readonly isRecursive?: boolean } = {},
  ): Promise<AsyncIterableIterator<WatchEvent>> {
    const flags = options.isRecursive === true ? fileFlag.recursive : 0;
    const stream = this.#open("watch", path, { ...options, fields: [[tag.flags, flags]] });
    await awaitGuest(stream, stream.answer, options);
    cancelOnAbort(stream, options.signal);
    return each(stream, readWatchEvent);
  }

  /** A folder as a tar archive; `leftOut` counts devices and the like once the archive has been read. */
  async pack(
    path: GuestPath,
    options: FileCall = {},
  ): Promise<{ readonly archive: ReadableStream<Uint8Array>; readonly leftOut: Promise<number> }> {
    const stream = this.#open("pack", path, options);
    await awaitGuest(stream, stream.answer, options);
    cancelOnAbort(stream, options.signal);
    const leftOut = stream.end.then((fields) => fields.number(tag.count) ?? 0);
    leftOut.catch(() => undefined);
    return { archive: bodyOf(stream), leftOut };
  }

  /** Takes a tar archive apart into a folder; resolves with the number of its entries. */
  async unpack(
    path: GuestPath,
    archive: AsyncIterable<Uint8Array>,
    options: UnpackOptions = {},
  ): Promise<number> {
    const flags =
      (options.makesParents === true ? fileFlag.parents : 0) |
      (options.keepsOwners === true ? fileFlag.owners : 0);
    const fields: FieldRow = [
      [tag.flags, flags],
      [tag.limit, options.entriesMax],
      [tag.size, options.bytesMax],
    ];
    const stream = this.#open("unpack", path, { ...options, fields });
    return (await this.#send(stream, archive, options)).number(tag.count) ?? 0;
  }

  #open(
    what: Operation,
    path: GuestPath,
    options: FileCall & { readonly fields?: FieldRow },
  ): GuestStream {
    const subject = typeof path === "string" ? path : "a path of bytes";
    const fields: FieldRow = [
      [tag.path, path],
      [tag.user, options.user],
      ...(options.fields ?? []),
    ];
    return this.#connection.open(what, fields, { op: `guest.${what}`, subject });
  }

  async #do(
    what: Operation,
    path: GuestPath,
    options: FileCall & { fields: FieldRow },
  ): Promise<void> {
    const stream = this.#open(what, path, options);
    await awaitGuest(stream, stream.end, options);
  }

  /** The deadline counts until the guest is ready; the body takes as long as it takes, or until the abort. */
  async #send(
    stream: GuestStream,
    body: AsyncIterable<Uint8Array>,
    call: GuestCall,
  ): Promise<Fields> {
    await awaitGuest(stream, stream.answer, call);
    cancelOnAbort(stream, call.signal);
    const poured = pour(stream, body);
    const end = await stream.end;
    await poured;
    return end;
  }
}

function followFields(options: FollowOptions): FieldRow {
  return [[tag.flags, options.follows === true ? fileFlag.follow : 0]];
}

/** The answer, once the operation has ended well. */
async function answerOf(stream: GuestStream): Promise<Fields> {
  await stream.end;
  return await stream.answer;
}

/** The output of a stream; cancelling it gives the operation up. */
function bodyOf(stream: GuestStream): ReadableStream<Uint8Array> {
  const body = streamOf(stream.output).getReader();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await body.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel(reason) {
        stream.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

async function* each<T>(stream: GuestStream, read: (fields: Fields) => T): AsyncGenerator<T> {
  const items: Inbox<Fields> = stream.items;
  try {
    for (let item = await items.next(); item !== undefined; item = await items.next()) {
      yield read(item);
    }
  } finally {
    stream.cancel(new Error("nobody reads on"));
  }
}

function readWatchEvent(fields: Fields): WatchEvent {
  return {
    type: watchEvents[fields.needNumber(tag.event)] ?? "overflow",
    path: fields.text(tag.path) ?? "",
    isFolder: fields.number(tag.type) === 2,
  };
}
