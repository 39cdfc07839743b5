import { createWasi, type Wasi, type WasiOptions } from "../../src/wasi/create-wasi.ts";
import { createVirtualClock } from "../../src/wasi/wasi-clock.ts";

const memoryBytes = 1 << 20;
/** Where things lie in the guest's memory. */
const place = { result: 0, vectors: 64, path: 4096, otherPath: 16_384, buffer: 65_536 };
const all = -1n;

/** What `stat` tells. */
export interface Stat {
  readonly inode: bigint;
  readonly type: number;
  readonly links: bigint;
  readonly size: bigint;
  readonly modified: bigint;
}

/** A guest without code: a test makes its calls. Methods return an error number, or what was asked for. */
export class DirectGuest {
  readonly wasi: Wasi;
  readonly buffer: ArrayBuffer = new ArrayBuffer(memoryBytes);
  readonly data: DataView = new DataView(this.buffer);
  readonly bytes: Uint8Array = new Uint8Array(this.buffer);
  readonly output = { stdout: "", stderr: "" };

  constructor(options: Partial<WasiOptions> = {}) {
    this.wasi = createWasi({
      memory: () => this,
      clock: createVirtualClock({ startMs: 1_000 }),
      random: (count) => new Uint8Array(count).fill(7),
      onOutput: (stream, bytes) => {
        this.output[stream] += Buffer.from(bytes).toString("utf8");
        return undefined;
      },
      ...options,
    });
  }

  /** Calls a function by its name. */
  call(name: string, ...values: readonly (number | bigint)[]): number {
    const call = this.wasi.imports.wasi_snapshot_preview1[name];
    if (call === undefined) throw new Error(`there is no function ${name}`);
    return call(...values);
  }

  /** Opens with all rights that can be had; `flags` are `creat` 1, `directory` 2, `excl` 4, `trunc` 8. */
  open(path: string, options: OpenOptions = {}): Result<number> {
    const { base = 3, flags = 0, lookup = 1, descriptorFlags = 0, rights } = options;
    const inheriting = this.inheriting(base);
    const wanted = rights ?? ((flags & 2) !== 0 ? inheriting & ~64n : inheriting);
    const [pointer, length] = this.putPath(path);
    const code = this.call(
      "path_open",
      base,
      lookup,
      pointer,
      length,
      flags,
      wanted,
      inheriting,
      descriptorFlags,
      place.result,
    );
    return code === 0 ? { code, value: this.data.getUint32(place.result, true) } : { code };
  }

  close(fd: number): number {
    return this.call("fd_close", fd);
  }

  write(fd: number, bytes: Uint8Array | string, offset?: number | undefined): number {
    const content = typeof bytes === "string" ? Buffer.from(bytes) : bytes;
    this.bytes.set(content, place.buffer);
    this.putVector(content.length);
    return offset === undefined
      ? this.call("fd_write", fd, place.vectors, 1, place.result)
      : this.call("fd_pwrite", fd, place.vectors, 1, BigInt(offset), place.result);
  }

  read(fd: number, length: number, offset?: number | undefined): Result<Uint8Array> {
    this.putVector(length);
    const code =
      offset === undefined
        ? this.call("fd_read", fd, place.vectors, 1, place.result)
        : this.call("fd_pread", fd, place.vectors, 1, BigInt(offset), place.result);
    const count = this.data.getUint32(place.result, true);
    return code === 0
      ? { code, value: this.bytes.slice(place.buffer, place.buffer + count) }
      : { code };
  }

  seek(fd: number, delta: number, whence: number): Result<number> {
    const code = this.call("fd_seek", fd, BigInt(delta), whence, place.result);
    return code === 0
      ? { code, value: Number(this.data.getBigUint64(place.result, true)) }
      : { code };
  }

  /** Calls a function that takes a descriptor and a path and gives nothing back. */
  onPath(name: string, path: string, base = 3): number {
    return this.call(name, base, ...this.putPath(path));
  }

  rename(from: string, to: string, base = 3): number {
    return this.call("path_rename", base, ...this.putPath(from), base, ...this.putOther(to));
  }

  link(from: string, to: string, base = 3): number {
    return this.call("path_link", base, 0, ...this.putPath(from), base, ...this.putOther(to));
  }

  symlink(target: string, path: string, base = 3): number {
    return this.call("path_symlink", ...this.putPath(target), base, ...this.putOther(path));
  }

  readlink(path: string, base = 3): Result<string> {
    const [pointer, length] = this.putPath(path);
    const code = this.call(
      "path_readlink",
      base,
      pointer,
      length,
      place.buffer,
      8192,
      place.result,
    );
    return code === 0
      ? { code, value: this.text(this.data.getUint32(place.result, true)) }
      : { code };
  }

  stat(
    path: string,
    options: { readonly base?: number; readonly lookup?: number } = {},
  ): Result<Stat> {
    const { base = 3, lookup = 0 } = options;
    const at = place.buffer;
    const code = this.call("path_filestat_get", base, lookup, ...this.putPath(path), at);
    if (code !== 0) return { code };
    const value = {
      inode: this.data.getBigUint64(at + 8, true),
      type: this.data.getUint8(at + 16),
      links: this.data.getBigUint64(at + 24, true),
      size: this.data.getBigUint64(at + 32, true),
      modified: this.data.getBigUint64(at + 48, true),
    };
    return { code, value };
  }

  /** Names in a directory, read in pieces of `bufferBytes`. */
  list(fd: number, bufferBytes = 4096): string[] {
    const names: string[] = [];
    for (let cookie = 0n; ; ) {
      const code = this.call("fd_readdir", fd, place.buffer, bufferBytes, cookie, place.result);
      if (code !== 0) throw new Error(`fd_readdir failed: ${code}`);
      const used = this.data.getUint32(place.result, true);
      let at = place.buffer;
      const end = at + used;
      while (at + 24 <= end) {
        const length = this.data.getUint32(at + 16, true);
        if (at + 24 + length > end) break;
        names.push(Buffer.from(this.buffer, at + 24, length).toString("utf8"));
        cookie = this.data.getBigUint64(at, true);
        at += 24 + length;
      }
      if (used < bufferBytes) return names;
    }
  }

  rightsOf(fd: number): bigint {
    this.call("fd_fdstat_get", fd, place.buffer);
    return this.data.getBigUint64(place.buffer + 8, true);
  }

  inheriting(fd: number): bigint {
    return this.call("fd_fdstat_get", fd, place.buffer) === 0
      ? this.data.getBigUint64(place.buffer + 16, true)
      : all;
  }

  putPath(path: string): readonly [pointer: number, length: number] {
    return this.#put(path, place.path);
  }

  putOther(path: string): readonly [pointer: number, length: number] {
    return this.#put(path, place.otherPath);
  }

  putVector(length: number): void {
    this.data.setUint32(place.vectors, place.buffer, true);
    this.data.setUint32(place.vectors + 4, length, true);
  }

  text(length: number): string {
    return Buffer.from(this.buffer, place.buffer, length).toString("utf8");
  }

  #put(path: string, at: number): readonly [number, number] {
    const bytes = Buffer.from(path);
    this.bytes.set(bytes, at);
    return [at, bytes.length];
  }
}

/** How to open. */
export interface OpenOptions {
  readonly base?: number | undefined;
  readonly flags?: number | undefined;
  readonly lookup?: number | undefined;
  readonly descriptorFlags?: number | undefined;
  readonly rights?: bigint | undefined;
}

/** An error number, and a value if it is 0. */
export interface Result<T> {
  readonly code: number;
  readonly value?: T | undefined;
}

/** The value of a call that must have worked. */
export function valueIn<T>({ code, value }: Result<T>): T {
  if (code !== 0 || value === undefined) throw new Error(`the call failed: ${code}`);
  return value;
}
