import { stringToWellFormed } from "./intrinsics.js";

/** Makes `TextEncoder` and `TextDecoder` for UTF-8 over the host's conversions. */
export function makeEncoding(host) {
  class TextEncoder {
    get encoding() {
      return "utf-8";
    }

    encode(text = "") {
      return new Uint8Array(host.encode(stringToWellFormed(`${text}`)));
    }

    encodeInto(text, target) {
      let read = 0;
      let written = 0;
      for (const character of `${text}`) {
        const bytes = new Uint8Array(host.encode(stringToWellFormed(character)));
        if (written + bytes.length > target.length) break;
        target.set(bytes, written);
        written += bytes.length;
        read += character.length;
      }
      return { read, written };
    }
  }

  class TextDecoder {
    #isFatal;
    #keepsMark;
    #rest = new Uint8Array(0);

    constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
      if (!/^\s*(utf-?8|unicode-1-1-utf-8)\s*$/i.test(`${label}`)) {
        throw new RangeError(`The encoding ${label} is not supported`);
      }
      this.#isFatal = Boolean(fatal);
      this.#keepsMark = Boolean(ignoreBOM);
    }

    get encoding() {
      return "utf-8";
    }

    get fatal() {
      return this.#isFatal;
    }

    get ignoreBOM() {
      return this.#keepsMark;
    }

    decode(input = new Uint8Array(0), { stream = false } = {}) {
      const bytes = joinBytes(this.#rest, viewOf(input));
      const cut = stream ? completeBytes(bytes) : bytes.length;
      this.#rest = bytes.slice(cut);
      const options = (this.#isFatal ? 1 : 0) + (this.#keepsMark ? 2 : 0);
      const text = host.decode(bytes.slice(0, cut).buffer, options);
      if (text === undefined) throw new TypeError("The bytes are no valid UTF-8");
      return text;
    }
  }
  return { TextEncoder, TextDecoder };
}

/** The bytes that a buffer or a view shows. */
export function viewOf(input) {
  if (ArrayBuffer.isView(input)) {
    return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  }
  return new Uint8Array(input);
}

function joinBytes(first, second) {
  if (first.length === 0) return second;
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

/** How many bytes stand before a character that is still incomplete at the end. */
function completeBytes(bytes) {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back];
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needed > back ? bytes.length - back : bytes.length;
    }
    if (byte < 0x80) break;
  }
  return bytes.length;
}
