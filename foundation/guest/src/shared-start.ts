import { corrupt } from "./guest-fault.ts";
import { frameKind, headerBytes, magic } from "./wire-numbers.ts";

/** Most bytes of an earlier connection that are passed over. */
const leftoverBytesMax: number = 4 * 1024 * 1024;
/** A WELCOME's body is the magic, the version (a field of 12 bytes), then the nonce behind 4 bytes. */
const nonceOffset: number = headerBytes + magic.length + 12 + 4;

/** Finds our WELCOME behind what an earlier connection left in a shared device. */
export class SharedStart {
  readonly #nonce: Uint8Array;
  #kept: Buffer = Buffer.alloc(0);
  #passed = 0;

  constructor(nonce: Uint8Array) {
    this.#nonce = nonce;
  }

  /** What comes from the WELCOME on; nothing until it is there. */
  push(chunk: Uint8Array): Uint8Array {
    this.#kept = Buffer.concat([this.#kept, chunk]);
    for (let from = 0; ; from++) {
      const at = this.#kept.indexOf(this.#nonce, from);
      if (at < 0) break;
      const start = at - nonceOffset;
      if (start >= 0 && this.#kept[start] === frameKind.welcome) return this.#kept.subarray(start);
      from = at;
    }
    const keep = nonceOffset + this.#nonce.length;
    this.#passed += Math.max(0, this.#kept.length - keep);
    if (this.#passed > leftoverBytesMax) throw corrupt("its greeting");
    this.#kept = this.#kept.subarray(Math.max(0, this.#kept.length - keep));
    return new Uint8Array(0);
  }
}
