/**
 * The program of a guest process: it holds one guest at a time and obeys its host through one
 * socket. Everything that the guest can reach is in `guest-imports.ts`.
 */
import { guestStackBytes } from "../channel/guest-stack.ts";
import { monotonicMs } from "../channel/monotonic.ts";
import { meteredModule } from "./engine-module.ts";
import { serveOrders } from "./serve-orders.ts";
import { SyncChannel } from "./sync-channel.ts";

const { Date: SystemDate } = globalThis;
const { cpuUsage, exit } = process;
const collect = (globalThis as { gc?: () => void }).gc ?? (() => {});

/** What stays of the process's own world; the guest has no way to it, and it is gone all the same. */
function emptyWorld(): void {
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (!keptGlobals.has(name)) Reflect.deleteProperty(globalThis, name);
  }
}

const keptGlobals: ReadonlySet<string> = new Set([
  ..."Array ArrayBuffer Atomics BigInt BigUint64Array Boolean DataView Date Error Function".split(
    " ",
  ),
  ..."Infinity Int32Array JSON Map Math NaN Number Object Promise Proxy RangeError Reflect".split(
    " ",
  ),
  ..."RegExp Set SharedArrayBuffer String Symbol SyntaxError TextDecoder TextEncoder".split(" "),
  ..."TypeError Uint8Array Uint32Array WeakMap WebAssembly globalThis undefined".split(" "),
]);

emptyWorld();
try {
  serveOrders(new SyncChannel(), {
    compile: (module) => meteredModule(module, { stackBytes: guestStackBytes }),
    cpuMs: () => {
      const { user, system } = cpuUsage();
      return (user + system) / 1000;
    },
    monotonicMs,
    epochMs: () => SystemDate.now(),
    collect: () => collect(),
  });
  exit(0);
} catch {
  // The host is gone, or this process broke: the host sees the socket close.
  exit(1);
}
