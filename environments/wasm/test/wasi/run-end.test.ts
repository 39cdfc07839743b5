import { compileMetered, type EngineMemory, engine } from "@bedplate/wasm-module";
import { expect, test } from "vitest";
import { createWasi } from "../../src/wasi/create-wasi.ts";
import { errno } from "../../src/wasi/errno.ts";
import type { GuestEnd } from "../../src/wasi/guest-end.ts";
import { createVirtualClock } from "../../src/wasi/wasi-clock.ts";
import { DirectGuest } from "./direct-guest.ts";

/** A guest that goes on whatever happens, as with `catch_all`. */
function ignoring(act: () => void): void {
  try {
    act();
  } catch {
    // That is the point.
  }
}

test("proc_exit() ends the guest even if it catches everything", () => {
  const told: GuestEnd[] = [];
  const guest = new DirectGuest({ onEnd: (end) => told.push(end) });
  let attempts = 0;
  const end = guest.wasi.run(() => {
    ignoring(() => guest.call("proc_exit", 7));
    ignoring(() => {
      guest.write(1, "after the end");
      attempts += 1;
    });
    ignoring(() => guest.call("proc_exit", 0));
  });
  expect(end).toEqual({ kind: "exit", exitCode: 7 });
  expect(told).toEqual([end]);
  expect(attempts).toBe(0);
  expect(guest.output.stdout).toBe("");
  expect(guest.wasi.ended).toEqual(end);
});

/**
 * (module
 *   (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
 *   (memory (export "memory") 1)
 *   (func (export "_start")
 *     (loop $again
 *       (try (do (call $proc_exit (i32.const 7))) (catch_all))
 *       (br $again))))
 */
const catchesEverything: Uint8Array = Buffer.from(
  "AGFzbQEAAAABCAJgAX8AYAAAAiQBFndhc2lfc25hcHNob3RfcHJldmlldzEJcHJvY19leGl0AAADAgEBBQMBAAEHEwIGbWVtb3J5AgAGX3N0YXJ0AAEKEQEPAANABkBBBxAAGQsMAAsL",
  "base64",
);

test("a program that catches its own exit for ever has ended all the same", () => {
  let memory: EngineMemory = new engine.Memory({ initial: 0 });
  const wasi = createWasi({
    memory: () => memory,
    clock: createVirtualClock({ startMs: 0 }),
    random: (count) => new Uint8Array(count),
    onOutput: () => undefined,
    onEnd: () => instance.poison("the guest ended"),
  });
  const instance = compileMetered(catchesEverything).instantiate(wasi.imports);
  memory = instance.exports["memory"] as EngineMemory;
  instance.allow({ fuel: 10n ** 15n });
  const end = wasi.run(() => {
    expect(instance.call("_start").kind).toBe("stopped");
  });
  expect(end).toEqual({ kind: "exit", exitCode: 7 });
});

test("an entry that returns has exit code 0, a trap is thrown on", () => {
  const guest = new DirectGuest();
  expect(guest.wasi.run(() => undefined)).toEqual({ kind: "exit", exitCode: 0 });
  expect(() =>
    guest.wasi.run(() => {
      throw new RangeError("unreachable");
    }),
  ).toThrow("unreachable");
});

test("onOutput() can stop the guest, exactly at that write", () => {
  let allowed = 2;
  const guest = new DirectGuest({ onOutput: () => (allowed-- > 0 ? undefined : "stop") });
  let written = 0;
  const end = guest.wasi.run(() => {
    for (;;) {
      guest.write(2, "flood");
      written += 1;
    }
  });
  expect(end).toEqual({ kind: "stopped", stream: "stderr" });
  expect(written).toBe(2);
});

test("signals that end a program end it, others are ignored or refused", () => {
  const guest = new DirectGuest();
  expect(guest.call("proc_raise", 27)).toBe(errno.success);
  expect(guest.call("proc_raise", 18)).toBe(errno.notsup);
  expect(guest.call("proc_raise", 31)).toBe(errno.inval);
  const end = guest.wasi.run(() => guest.call("proc_raise", 6));
  expect(end).toEqual({ kind: "signal", signal: 6, exitCode: 134 });
});
