import { expect, test } from "vitest";
import { errno } from "../../src/wasi/errno.ts";
import { createVirtualClock } from "../../src/wasi/wasi-clock.ts";
import { DirectGuest } from "./direct-guest.ts";

const subscriptions = 65_536;
const events = 131_072;

interface Wanted {
  readonly clock?: number;
  readonly timeoutNs?: bigint;
  readonly isAbsolute?: boolean;
  readonly fd?: number;
  readonly tag?: number;
}

function poll(guest: DirectGuest, wanted: readonly Wanted[]) {
  for (const [index, each] of wanted.entries()) {
    const at = subscriptions + index * 48;
    guest.bytes.fill(0, at, at + 48);
    guest.data.setBigUint64(at, BigInt(index + 100), true);
    guest.data.setUint8(at + 8, each.tag ?? (each.fd === undefined ? 0 : 1));
    guest.data.setUint32(at + 16, each.fd ?? each.clock ?? 1, true);
    if (each.fd !== undefined) continue;
    guest.data.setBigUint64(at + 24, each.timeoutNs ?? 0n, true);
    guest.data.setUint16(at + 40, each.isAbsolute === true ? 1 : 0, true);
  }
  const code = guest.call("poll_oneoff", subscriptions, events, wanted.length, 0);
  const count = code === 0 ? guest.data.getUint32(0, true) : 0;
  const found = Array.from({ length: count }, (_, index) => ({
    index: Number(guest.data.getBigUint64(events + index * 32, true)) - 100,
    error: guest.data.getUint16(events + index * 32 + 8, true),
    bytes: guest.data.getBigUint64(events + index * 32 + 16, true),
    flags: guest.data.getUint16(events + index * 32 + 24, true),
  }));
  return { code, found };
}

function now(guest: DirectGuest, clock: number): bigint {
  expect(guest.call("clock_time_get", clock, 0n, 0)).toBe(0);
  return guest.data.getBigUint64(0, true);
}

test("waiting moves the virtual clock to the first that is due", () => {
  const guest = new DirectGuest();
  const before = now(guest, 0);
  const { found } = poll(guest, [
    { timeoutNs: 3_000_000_000n },
    { timeoutNs: 1_000_000_000n },
    { clock: 0, timeoutNs: before + 1_000_000_000n, isAbsolute: true },
  ]);
  expect(found.map(({ index }) => index)).toEqual([1, 2]);
  expect(now(guest, 0) - before).toBe(1_000_000_000n);
});

test("a poll with files does not wait, and a moment that has passed is due", () => {
  const guest = new DirectGuest({ stdin: Buffer.from("12345") });
  const { found } = poll(guest, [
    { fd: 0 },
    { timeoutNs: 5_000n },
    { clock: 0, timeoutNs: 1n, isAbsolute: true },
    { fd: 99 },
    { fd: 1, tag: 2 },
    { fd: 1 },
  ]);
  expect(found).toEqual([
    { index: 0, error: 0, bytes: 5n, flags: 0 },
    { index: 2, error: 0, bytes: 0n, flags: 0 },
    { index: 3, error: errno.badf, bytes: 0n, flags: 0 },
    { index: 4, error: 0, bytes: 0n, flags: 0 },
    { index: 5, error: errno.notcapable, bytes: 0n, flags: 0 },
  ]);
  expect(now(guest, 1)).toBe(0n);
});

test("a poll with a file answers at once, however long the clock would take", () => {
  const guest = new DirectGuest();
  const { found } = poll(guest, [{ timeoutNs: 5_000n }, { fd: 0 }]);
  expect(found).toEqual([{ index: 1, error: 0, bytes: 0n, flags: 1 }]);
  expect(now(guest, 1)).toBe(0n);
});

test("the longest waits do not let the clock run over", () => {
  const guest = new DirectGuest();
  const longest = 2n ** 64n - 1n;
  for (let round = 0; round < 3; round++) {
    expect(poll(guest, [{ timeoutNs: longest }]).found).toHaveLength(1);
  }
  expect(now(guest, 0)).toBe(2n ** 63n - 1n);
});

test("nothing, too much or an unknown kind to wait for is refused", () => {
  const guest = new DirectGuest();
  expect(poll(guest, []).code).toBe(errno.inval);
  expect(guest.call("poll_oneoff", subscriptions, events, 5000, 0)).toBe(errno.inval);
  expect(poll(guest, [{ tag: 3 }]).code).toBe(errno.inval);
  expect(poll(guest, [{ clock: 4 }]).code).toBe(errno.inval);
});

test("clocks move with the guest's work", () => {
  let work = 0n;
  const clock = createVirtualClock({ startMs: 5, workNs: () => work });
  const guest = new DirectGuest({ clock });
  expect(now(guest, 0)).toBe(5_000_000n);
  work = 70n;
  expect([0, 1, 2, 3].map((each) => now(guest, each))).toEqual([5_000_070n, 70n, 70n, 70n]);
  expect(guest.call("clock_time_get", 4, 0n, 0)).toBe(errno.inval);
  expect(guest.call("clock_res_get", 0, 0)).toBe(0);
});
