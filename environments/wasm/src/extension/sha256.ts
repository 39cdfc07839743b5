import { hash } from "node:crypto";
import type { HostFunction } from "./host-function.ts";

/** SHA-256 of `length` bytes at `at`; writes 32 bytes to `out`. */
export const sha256: HostFunction = {
  name: "sha256",
  version: 1,
  params: ["i32", "i32", "i32"],
  // 64 bytes of input are one round of the compression function.
  price: ([, length = 0]) => 20_000 + 4 * (Number(length) >>> 0),
  run: ([at = 0, length = 0, out = 0], memory) => {
    const digest = hash("sha256", memory.read(Number(at), Number(length)), "buffer");
    memory.write(Number(out), digest);
    return undefined;
  },
};
