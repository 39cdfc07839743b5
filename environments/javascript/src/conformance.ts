import { encodeProgramInput, erasePlugin } from "@bedplate/environment";
import type { ConformanceProgram, ConformanceSubject } from "@bedplate/environment/conformance";
import { javascriptPlugin } from "./plugin.ts";

/** The JavaScript environment as a subject of the contract's conformance suite. */
export const subject: ConformanceSubject = {
  plugin: erasePlugin(javascriptPlugin),
  encodeInput: (payload) => encodeProgramInput({ stdin: payload }),
  programs: {
    echo: script("process.stdout.write(stdin.bytes());"),
    fail: script("process.stdout.write(stdin.bytes()); process.exitCode = 1;"),
    spin: script("for (;;);"),
    flood: script('const water = "water ".repeat(1000); for (;;) print(water);'),
    corrupt: { artifact: Uint8Array.of(0x70, 0x72, 0x69, 0x6e, 0x74, 0xff, 0xfe, 0x00) },
    stubborn: script("for (;;) { try { missing(); } catch {} }"),
    hoard: script("const all = []; for (;;) all.push(new Uint8Array(10_000).fill(1));"),
    count: script("globalThis.number = (globalThis.number ?? 0) + 1; print(globalThis.number);"),
    clock: script("print(new Date().toISOString());"),
    random: script("print(crypto.randomUUID());"),
    events: script('print("a"); console.error("b"); print("c");'),
  },
  cannot: {
    trap: "a script cannot break a rule of its instruction set: it throws, and that is reverted",
    recurse: "depth is no meter here: deep recursion is an error that the script can catch",
    read: "scripts read no state",
    write: "scripts write no state",
    call: "scripts call no other artifacts",
    callStatic: "scripts call no other artifacts",
    unsupported: "whatever is text is admitted; what cannot be parsed throws when it runs",
  },
};

function script(source: string): ConformanceProgram {
  return { artifact: new TextEncoder().encode(source) };
}
