import { expect, test } from "vitest";
import { errno } from "../../src/wasi/errno.ts";
import { createImage } from "../../src/wasi/file-system/file-system-image.ts";
import {
  changeUnits,
  listEntryUnits,
  outputUnits,
  pathPartUnits,
  pathUnits,
  pieceUnits,
} from "../../src/wasi/work-units.ts";
import { DirectGuest, valueIn } from "./direct-guest.ts";

const creat = 1;
const chunk = new Uint8Array(10_000);

/** Does something until it fails; returns how often it worked, and the error. */
function until(act: (round: number) => number): { readonly rounds: number; readonly code: number } {
  for (let rounds = 0; ; rounds++) {
    const code = act(rounds);
    if (code !== 0) return { rounds, code };
    if (rounds > 1_000_000) throw new Error("there is no bound");
  }
}

test("a file stops growing at its bound, and stays as it was", () => {
  const guest = new DirectGuest({ limits: { fileBytesMax: 25_000 } });
  const fd = valueIn(guest.open("f", { flags: creat }));
  expect(until(() => guest.write(fd, chunk))).toEqual({ rounds: 2, code: errno.fbig });
  expect(valueIn(guest.stat("f")).size).toBe(20_000n);
  expect(guest.call("fd_allocate", fd, 0n, 25_001n)).toBe(errno.fbig);
  expect(guest.call("fd_filestat_set_size", fd, 2n ** 62n)).toBe(errno.fbig);
  expect(guest.write(fd, "x", 2 ** 52)).toBe(errno.fbig);
});

test("all files together stop growing at their bound, and removing gives room again", () => {
  const guest = new DirectGuest({ limits: { totalBytesMax: 100_000 } });
  const fill = (round: number): number => {
    const fd = valueIn(guest.open(`f${round}`, { flags: creat }));
    const code = guest.write(fd, chunk);
    guest.close(fd);
    return code;
  };
  const { rounds, code } = until(fill);
  expect(code).toBe(errno.nospc);
  expect(rounds).toBe(9);
  expect(guest.wasi.heldBytes).toBeLessThanOrEqual(100_000);
  for (let round = 0; round <= rounds; round++) guest.onPath("path_unlink_file", `f${round}`);
  expect(until(fill).rounds).toBe(rounds);
});

test("growth that cannot double still gets what it needs", () => {
  const guest = new DirectGuest({ limits: { totalBytesMax: 16_500 } });
  const fd = valueIn(guest.open("f", { flags: creat }));
  expect(guest.write(fd, chunk)).toBe(0);
  expect(guest.write(fd, chunk.subarray(0, 5000))).toBe(0);
  expect(guest.write(fd, chunk.subarray(0, 1000))).toBe(errno.nospc);
});

test("names, links and directories count too", () => {
  const limits = { totalBytesMax: 50_000 };
  const long = "n".repeat(200);
  for (const make of [
    (guest: DirectGuest, round: number) => guest.onPath("path_create_directory", `${long}${round}`),
    (guest: DirectGuest, round: number) => guest.symlink(long, `${long}${round}`),
    (guest: DirectGuest, round: number) => guest.link("file", `${long}${round}`),
  ]) {
    const guest = new DirectGuest({ limits });
    guest.open("file", { flags: creat });
    const { rounds, code } = until((round) => make(guest, round));
    expect(code).toBe(errno.nospc);
    expect(rounds).toBeLessThan(250);
  }
});

test("inodes and descriptors are bounded", () => {
  const guest = new DirectGuest({ limits: { inodesMax: 20, descriptorsMax: 10 } });
  const made = until((round) => guest.onPath("path_create_directory", `d${round}`));
  expect(made).toEqual({ rounds: 19, code: errno.nospc });
  const opened = until(() => guest.open("d0", { flags: 2 }).code);
  expect(opened).toEqual({ rounds: 6, code: errno.mfile });
  guest.onPath("path_remove_directory", "d1");
  expect(guest.open("new", { flags: creat }).code).toBe(errno.mfile);
  expect(guest.stat("new").code).toBe(errno.noent);
});

test("mayHold() shares one budget with the memory", () => {
  let allowed = 30_000;
  const guest = new DirectGuest({ mayHold: (bytes) => bytes <= allowed });
  const fd = valueIn(guest.open("f", { flags: creat }));
  expect(until(() => guest.write(fd, chunk))).toEqual({ rounds: 2, code: errno.nospc });
  allowed = 50_000;
  expect(guest.write(fd, chunk)).toBe(0);
});

test("onWork() is told about everything that takes time", () => {
  let units = 0;
  const guest = new DirectGuest({
    image: createImage({ files: { "/a/b/c": chunk } }),
    onWork: (count) => {
      units += count;
    },
  });
  const costOf = (act: () => unknown): number => {
    units = 0;
    act();
    return units;
  };
  expect(costOf(() => guest.stat("a/b/c"))).toBe(pathUnits + 3 * pathPartUnits);
  const fd = valueIn(guest.open("a/b/c"));
  expect(costOf(() => guest.read(fd, 8000))).toBe(pieceUnits + 1000);
  expect(costOf(() => guest.read(fd, 800_000, 100_000))).toBe(pieceUnits);
  // The first write copies the whole file.
  expect(costOf(() => guest.write(fd, "x"))).toBe(pieceUnits + 1 + 10_000 / 8);
  const size = 1 << 20;
  expect(costOf(() => guest.call("fd_filestat_set_size", fd, BigInt(size)))).toBe(size / 8);
  expect(costOf(() => guest.call("fd_filestat_set_size", fd, 8n))).toBe((size - 8) / 8);
  expect(costOf(() => guest.list(3))).toBe(3 * listEntryUnits);
  expect(costOf(() => guest.onPath("path_create_directory", "d"))).toBe(
    pathUnits + pathPartUnits + changeUnits,
  );
  guest.putVector(100_000);
  expect(costOf(() => guest.call("fd_write", 1, 64, 1, 0))).toBe(
    pieceUnits + 2 * outputUnits + 100_000 / 8,
  );
});
