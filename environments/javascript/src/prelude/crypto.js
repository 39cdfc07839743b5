import { viewOf } from "./encoding.js";

/** Most bytes of one call, as the Web Cryptography API says. */
const randomBytesMax = 65_536;

/** Makes the part of `crypto` that gives chance; it comes from the run's seed or from the host. */
export function makeCrypto(host) {
  const getRandomValues = (target) => {
    const kind = ArrayBuffer.isView(target) ? target[Symbol.toStringTag] : undefined;
    if (kind === undefined || kind.startsWith("Float")) {
      throw new DOMException("The target must be an integer array", "TypeMismatchError");
    }
    if (target.byteLength > randomBytesMax) {
      throw new DOMException(`More than ${randomBytesMax} bytes`, "QuotaExceededError");
    }
    viewOf(target).set(new Uint8Array(host.random(target.byteLength)));
    return target;
  };
  const randomUUID = () => {
    const bytes = new Uint8Array(host.random(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };
  return { getRandomValues, randomUUID };
}
