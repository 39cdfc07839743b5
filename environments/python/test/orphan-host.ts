/** A host for a test: it starts an endless script, says the guest process's id, and waits for its end. */
import { loadEngine } from "../src/host/engine.ts";
import { GuestPool } from "../src/host/guest-pool.ts";

const pool = new GuestPool({ engine: () => loadEngine(), warm: 0, kept: 0, most: 1 });
const guest = await pool.lease("a");
const parts = [new Uint8Array(32), Buffer.from("while True: pass"), new Uint8Array()];
const pending = guest.request(
  {
    order: "run",
    lengths: parts.map((part) => part.length),
    files: [],
    scriptName: "main.py",
    entry: "main",
    args: [],
    env: {},
    isSession: false,
    isDeterministic: true,
    now: 0,
    fuel: Number.MAX_SAFE_INTEGER,
    endsAtMs: Number.MAX_SAFE_INTEGER,
    memoryBytes: 256 * 1024 * 1024,
    outputBytes: 1000,
    eventsMax: 10,
    earlyEventsMax: 10,
  },
  parts,
  { onPulse: () => process.stdout.write(`${guest.pid}\n`) },
);
await pending;
