import { createHash, randomUUID } from "node:crypto";

/** An object as the double keeps it. */
export interface FakeObject {
  readonly bytes: Buffer;
  /** With its quotes. */
  readonly etag: string;
  readonly contentType: string;
  readonly meta: Readonly<Record<string, string>>;
  readonly at: Date;
}

/** An upload under way. */
export interface FakeUpload {
  readonly key: string;
  readonly contentType: string;
  readonly meta: Readonly<Record<string, string>>;
  readonly at: Date;
  readonly parts: Map<number, Buffer>;
}

/** What the service says when it does not do what was asked. */
export class FakeRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

const partBytesMin = 5 * 1024 * 1024;

/** What a write asks of what is there. */
export interface FakeCondition {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
}

/** The objects of one bucket. Nothing in here waits, so every change is one step. */
export class FakeObjects {
  readonly objects: Map<string, FakeObject> = new Map();
  readonly uploads: Map<string, FakeUpload> = new Map();
  ignoresConditions = false;
  ignoresDeleteConditions = false;
  /** Of all objects together. */
  bytesMax: number = Number.POSITIVE_INFINITY;

  put(key: string, object: Omit<FakeObject, "etag" | "at">, condition: FakeCondition): FakeObject {
    return this.#store(key, { ...object, etag: `"${md5(object.bytes)}"` }, condition);
  }

  find(key: string, { ifMatch }: FakeCondition): FakeObject {
    const found = this.objects.get(key);
    if (found === undefined) throw new FakeRefusal(404, "NoSuchKey");
    if (ifMatch !== undefined && ifMatch !== found.etag) {
      throw new FakeRefusal(412, "PreconditionFailed");
    }
    return found;
  }

  delete(key: string, { ifMatch }: FakeCondition): void {
    if (ifMatch !== undefined && !this.ignoresDeleteConditions) this.find(key, { ifMatch });
    this.objects.delete(key);
  }

  begin(upload: Omit<FakeUpload, "at" | "parts">): string {
    const id = randomUUID();
    this.uploads.set(id, { ...upload, at: new Date(), parts: new Map() });
    return id;
  }

  part(id: string, number: number, bytes: Buffer): string {
    this.upload(id).parts.set(number, bytes);
    return `"${md5(bytes)}"`;
  }

  complete(
    id: string,
    parts: readonly { readonly number: number; readonly etag: string }[],
    condition: FakeCondition,
  ): FakeObject {
    const { key, contentType, meta, parts: stored } = this.upload(id);
    const bytes = parts.map(({ number, etag }, at) => {
      const part = stored.get(number);
      if (part === undefined || `"${md5(part)}"` !== etag)
        throw new FakeRefusal(400, "InvalidPart");
      if (at < parts.length - 1 && part.byteLength < partBytesMin) {
        throw new FakeRefusal(400, "EntityTooSmall");
      }
      return part;
    });
    const sums = Buffer.concat(bytes.map((each) => createHash("md5").update(each).digest()));
    const etag = `"${md5(sums)}-${parts.length}"`;
    const object = { bytes: Buffer.concat(bytes), contentType, meta, etag };
    const done = this.#store(key, object, condition);
    this.uploads.delete(id);
    return done;
  }

  upload(id: string): FakeUpload {
    const found = this.uploads.get(id);
    if (found === undefined) throw new FakeRefusal(404, "NoSuchUpload");
    return found;
  }

  #store(
    key: string,
    object: Omit<FakeObject, "at">,
    { ifMatch, ifNoneMatch }: FakeCondition,
  ): FakeObject {
    const there = this.objects.get(key);
    if (this.ignoresConditions) return this.#keep(key, object);
    if (ifNoneMatch === "*" && there !== undefined)
      throw new FakeRefusal(412, "PreconditionFailed");
    if (ifMatch !== undefined) this.find(key, { ifMatch });
    return this.#keep(key, object);
  }

  #keep(key: string, object: Omit<FakeObject, "at">): FakeObject {
    const others = [...this.objects].filter(([other]) => other !== key);
    const used = others.reduce((sum, [, { bytes }]) => sum + bytes.byteLength, 0);
    if (used + object.bytes.byteLength > this.bytesMax) {
      throw new FakeRefusal(507, "InsufficientCapacity");
    }
    const stored = { ...object, at: new Date() };
    this.objects.set(key, stored);
    return stored;
  }
}

function md5(bytes: Buffer): string {
  return createHash("md5").update(bytes).digest("hex");
}
