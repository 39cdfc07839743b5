import type { BytesView } from "@bedplate/routes";

/** Bytes, or a text that stands for its UTF-8. */
export type BytesLike = string | Uint8Array;

/** The form that travels in JSON. */
export function toBytesView(value: BytesLike): BytesView {
  if (typeof value === "string") return { text: value };
  return { base64: toBase64(value) };
}

/** The bytes of what came in JSON. */
export function fromBytesView(view: BytesView): Uint8Array {
  if ("text" in view) return new TextEncoder().encode(view.text);
  return Uint8Array.from(atob(view.base64), (each) => each.charCodeAt(0));
}

/** In pieces: the argument list of a call is bounded. */
function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let start = 0; start < bytes.length; start += 32_768) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 32_768));
  }
  return btoa(binary);
}
