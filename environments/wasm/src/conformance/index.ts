import type { Plugin } from "@bedplate/environment";
import type { ConformanceProgram, ConformanceSubject } from "@bedplate/environment/conformance";
import { wasmPlugin } from "../wasm-plugin.ts";
import { programs, stranger } from "./assembled.ts";

/** What this environment is tested with. Each behaviour is an entry of one contract. */
export const subject: ConformanceSubject = {
  plugin: wasmPlugin() as unknown as Plugin,
  programs: {
    echo: entry("echo"),
    fail: entry("fail"),
    spin: entry("spin"),
    flood: entry("flood"),
    corrupt: { artifact: programs.subarray(0, programs.length - 20), entry: "echo" },
    trap: entry("trap"),
    stubborn: entry("stubborn"),
    hoard: entry("hoard"),
    recurse: entry("recurse"),
    count: entry("count"),
    clock: entry("clock"),
    random: entry("random"),
    read: entry("read"),
    write: entry("write"),
    events: entry("events"),
    call: entry("call"),
    callStatic: entry("call_static"),
    unsupported: { artifact: stranger, entry: "main" },
  },
};

/** Cases tell programs apart by their artifacts, so each gets a custom section of its own. */
function entry(name: string): ConformanceProgram {
  const label = new TextEncoder().encode(name);
  const section = [0, label.length + 1, label.length, ...label];
  return { artifact: Uint8Array.from([...programs, ...section]), entry: name };
}
