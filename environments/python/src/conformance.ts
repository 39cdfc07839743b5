import { encodeProgramInput, erasePlugin } from "@bedplate/environment";
import type { ConformanceProgram, ConformanceSubject } from "@bedplate/environment/conformance";
import { pythonPlugin } from "./host/python-plugin.ts";

const memoryBytes = 128 * 1024 * 1024;

/** This environment as a subject of the contract's conformance suite. The payload is standard input. */
export const subject: ConformanceSubject = {
  plugin: erasePlugin(pythonPlugin),
  config: { warmProcesses: 1, keptProcesses: 4, processesMax: 8 },
  encodeInput: (payload) => encodeProgramInput({ stdin: payload }),
  budget: { fuel: 20_000_000_000, wallMs: 30_000, memoryBytes },
  repeats: 50,
  timeoutMs: 60_000,
  programs: {
    echo: script(`
import sys
sys.stdout.buffer.write(sys.stdin.buffer.read())
`),
    fail: script(`
import sys
sys.stdout.buffer.write(sys.stdin.buffer.read())
sys.exit(3)
`),
    trap: script(`
import os
os.abort()
`),
    spin: script(`
while True:
    pass
`),
    flood: script(`
while True:
    print("water" * 1000)
`),
    corrupt: { artifact: Uint8Array.of(0x70, 0x72, 0x69, 0x6e, 0x74, 0xff, 0x00, 0x28) },
    stubborn: script(`
while True:
    try:
        raise KeyboardInterrupt
    except BaseException:
        pass
`),
    hoard: script(`
held = []
while True:
    held.append(bytearray(1 << 20))
`),
    count: script(`
try:
    n += 1
except NameError:
    n = 1
print(n)
`),
    clock: script(`
import datetime
print(datetime.date.today())
`),
    random: script(`
import random, secrets
print(secrets.token_hex(8), random.random())
`),
    events: script(`
import sys
print("a")
print("b", file=sys.stderr)
print("c")
`),
  },
  cannot: {
    recurse: "depth is no meter: the guest's own limits of recursion are constants of the build",
    read: "scripts see no state beside their files",
    write: "scripts see no state beside their files",
    call: "scripts cannot call other artifacts",
    callStatic: "scripts cannot call other artifacts",
    unsupported: "every text is a script: what it needs shows when it runs",
  },
};

function script(source: string): ConformanceProgram {
  return { artifact: new TextEncoder().encode(source.slice(1)) };
}
