import { expect, test } from "vitest";
import { DirectGuest, valueIn } from "./direct-guest.ts";

const creat = 1;
const at = 200_000;

function callUnstable(guest: DirectGuest, name: string, ...values: (number | bigint)[]): number {
  const call = guest.wasi.imports.wasi_unstable[name];
  if (call === undefined) throw new Error(`there is no function ${name}`);
  return call(...values);
}

test("both names have the same 46 functions", () => {
  const { wasi_snapshot_preview1: preview, wasi_unstable: unstable } = new DirectGuest().wasi
    .imports;
  expect(Object.keys(preview)).toHaveLength(46);
  expect(Object.keys(unstable).sort()).toEqual(Object.keys(preview).sort());
});

test("wasi_unstable counts the starts of a seek from the position", () => {
  const guest = new DirectGuest();
  const fd = valueIn(guest.open("f", { flags: creat }));
  guest.write(fd, "0123456789");
  const seek = (delta: bigint, whence: number): bigint => {
    expect(callUnstable(guest, "fd_seek", fd, delta, whence, at)).toBe(0);
    return guest.data.getBigUint64(at, true);
  };
  expect([seek(3n, 2), seek(2n, 0), seek(-1n, 1)]).toEqual([3n, 5n, 9n]);
});

test("wasi_unstable has shorter filestats", () => {
  const guest = new DirectGuest();
  const fd = valueIn(guest.open("f", { flags: creat }));
  guest.write(fd, "0123456789");
  guest.link("f", "g");
  guest.bytes.fill(0xee, at, at + 64);
  expect(callUnstable(guest, "fd_filestat_get", fd, at)).toBe(0);
  expect(guest.data.getUint8(at + 16)).toBe(4);
  expect(guest.data.getUint32(at + 20, true)).toBe(2);
  expect(guest.data.getBigUint64(at + 24, true)).toBe(10n);
  expect(guest.data.getBigUint64(at + 48, true)).toBe(1_000_000_000n);
  expect([...guest.bytes.subarray(at + 56, at + 64)]).toEqual(Array(8).fill(0xee));
});

test("wasi_unstable has longer subscriptions", () => {
  const guest = new DirectGuest();
  guest.data.setBigUint64(at, 42n, true);
  guest.data.setBigUint64(at + 56, 43n, true);
  guest.data.setUint32(at + 24, 1, true);
  guest.data.setUint32(at + 56 + 24, 1, true);
  guest.data.setBigUint64(at + 32, 9_000n, true);
  guest.data.setBigUint64(at + 56 + 32, 4_000n, true);
  expect(callUnstable(guest, "poll_oneoff", at, at + 1024, 2, 0)).toBe(0);
  expect(guest.data.getUint32(0, true)).toBe(1);
  expect(guest.data.getBigUint64(at + 1024, true)).toBe(43n);
  expect(callUnstable(guest, "clock_time_get", 1, 0n, 0)).toBe(0);
  expect(guest.data.getBigUint64(0, true)).toBe(4_000n);
});
