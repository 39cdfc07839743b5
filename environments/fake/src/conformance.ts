import { erasePlugin } from "@bedplate/environment";
import type { ConformanceProgram, ConformanceSubject } from "@bedplate/environment/conformance";
import { fakePlugin } from "./fake-plugin.ts";
import { encodeScript, type FakeStep } from "./fake-script.ts";

/** The fake as a subject of the contract's conformance suite. */
export const subject: ConformanceSubject = {
  plugin: erasePlugin(fakePlugin()),
  programs: {
    echo: program({ do: "output", from: "input" }),
    fail: program(
      { do: "write", key: "a", text: "1" },
      { do: "output", from: "input" },
      { do: "revert", exitCode: 1 },
    ),
    trap: program({ do: "write", key: "a", text: "1" }, { do: "trap", reason: "unreachable" }),
    spin: program({ do: "spin" }),
    flood: program({ do: "repeat", steps: [{ do: "say", text: "water " }] }),
    corrupt: { artifact: new Uint8Array(Buffer.from('{"steps":[{"do":"')) },
    stubborn: program({ do: "repeat", steps: [{ do: "attempt", steps: [{ do: "trap" }] }] }),
    hoard: program({ do: "repeat", steps: [{ do: "allocate", bytes: 65_536 }] }),
    recurse: program({ do: "recurse" }),
    count: program({ do: "count" }, { do: "output", from: "value" }),
    clock: program({ do: "clock" }, { do: "output", from: "value" }),
    random: program({ do: "random", bytes: 16 }, { do: "output", from: "value" }),
    read: program({ do: "read" }, { do: "output", from: "value" }),
    write: program(
      { do: "write", key: "b", text: "1" },
      { do: "write", key: "a", text: "2" },
      { do: "write", key: "b", text: "3" },
      { do: "write", key: "c", text: null },
    ),
    events: program(
      { do: "say", text: "a" },
      { do: "say", text: "b", topic: "stderr" },
      { do: "say", text: "c" },
    ),
    call: program({ do: "call", text: "ping" }, { do: "output", from: "value" }),
    callStatic: program(
      { do: "call", text: "ping", isStatic: true },
      { do: "output", from: "value" },
    ),
    picky: program({ do: "demand", text: "yes" }, { do: "output", from: "input" }),
    credit: program({ do: "credit", key: "n", by: 3 }, { do: "credit", key: "n", by: 4 }),
    unsupported: program({ do: "refuse", reason: "needs what a fake has not" }),
  },
};

function program(...steps: FakeStep[]): ConformanceProgram {
  return { artifact: encodeScript({ steps }) };
}
