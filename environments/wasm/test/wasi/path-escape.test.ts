import fc from "fast-check";
import { expect, test } from "vitest";
import { errno } from "../../src/wasi/errno.ts";
import { createImage } from "../../src/wasi/file-system/file-system-image.ts";
import { DirectGuest, valueIn } from "./direct-guest.ts";

const secret = "SECRET";
const image = createImage({
  files: {
    "/outside/secret": Buffer.from(secret),
    "/secret": Buffer.from(secret),
    "/inside/deep/er/file": Buffer.from("mine"),
    "/inside/file": Buffer.from("mine"),
  },
});

function confined(): DirectGuest {
  return new DirectGuest({ image, preopens: ["/inside"] });
}

test("known ways out are closed", () => {
  const guest = confined();
  const paths = [
    "..",
    "../secret",
    "deep/../../secret",
    "deep/er/../../../outside/secret",
    "./.././secret",
    "/secret",
    "//secret",
    "deep/..//..//secret",
  ];
  for (const path of paths) {
    expect(guest.open(path).code, path).toBe(errno.notcapable);
    expect(guest.stat(path).code, path).toBe(errno.notcapable);
    expect(guest.onPath("path_create_directory", path), path).toBe(errno.notcapable);
    expect(guest.onPath("path_unlink_file", path), path).toBe(errno.notcapable);
    expect(guest.rename("file", path), path).toBe(errno.notcapable);
    expect(guest.link("file", path), path).toBe(errno.notcapable);
    expect(guest.symlink("file", path), path).toBe(errno.notcapable);
  }
});

test("links that point out cannot be walked, whether at once or after they were moved", () => {
  const guest = confined();
  expect(guest.symlink("../secret", "l")).toBe(0);
  expect(guest.open("l").code).toBe(errno.notcapable);
  expect(guest.symlink("../../secret", "deep/er/l")).toBe(0);
  expect(guest.open("deep/er/l").code).toBe(errno.noent);
  expect(guest.rename("deep/er/l", "moved")).toBe(0);
  expect(guest.open("moved").code).toBe(errno.notcapable);
  expect(guest.symlink("..", "deep/up")).toBe(0);
  expect(guest.stat("deep/up/deep/up/file", { lookup: 1 }).code).toBe(0);
  expect(guest.open("deep/up/../secret").code).toBe(errno.notcapable);
});

test("a directory's descriptor is a wall too, also after the directory was moved", () => {
  const guest = confined();
  const base = valueIn(guest.open("deep/er", { flags: 2 }));
  expect(guest.open("../../file", { base }).code).toBe(errno.notcapable);
  expect(guest.rename("deep/er", "er")).toBe(0);
  expect(guest.open("../file", { base }).code).toBe(errno.notcapable);
  expect(valueIn(guest.open("file", { base }))).toBeGreaterThan(base);
});

const part = fc.constantFrom("..", ".", "", "deep", "er", "l", "m", "outside", "secret", "file");
const path = fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) => parts.join("/"));

test("whatever a guest links, moves and opens, it sees and changes nothing outside", () => {
  const step = fc.record({
    act: fc.constantFrom("symlink", "rename", "link", "open", "mkdir", "unlink", "readlink"),
    one: path,
    two: path,
    base: fc.integer({ min: 3, max: 8 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const guest = confined();
      for (const { act, one, two, base } of steps) {
        if (act === "symlink") guest.symlink(one, two, base);
        if (act === "rename") guest.rename(one, two, base);
        if (act === "link") guest.link(one, two, base);
        if (act === "mkdir") guest.onPath("path_create_directory", one, base);
        if (act === "unlink") guest.onPath("path_unlink_file", one, base);
        if (act === "readlink") guest.readlink(one, base);
        if (act === "open") openAndWrite(guest, one, base);
      }
      const outside = new DirectGuest({ image: guest.wasi.captureFiles() });
      expect(outside.list(3)).toEqual([".", "..", "inside", "outside", "secret"]);
      for (const file of ["secret", "outside/secret"]) {
        const bytes = valueIn(outside.read(valueIn(outside.open(file)), 99));
        expect(Buffer.from(bytes).toString()).toBe(secret);
      }
    }),
    { numRuns: 1000 },
  );
});

function openAndWrite(guest: DirectGuest, path: string, base: number): void {
  for (const flags of [2, 1, 0]) {
    const { code, value: fd } = guest.open(path, { base, flags });
    if (code !== 0 || fd === undefined) continue;
    const read = guest.read(fd, 100);
    expect(Buffer.from(read.value ?? []).toString()).not.toContain(secret);
    guest.write(fd, "overwritten");
  }
}
