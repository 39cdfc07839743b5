import { expect, test } from "vitest";
import { errno } from "../../src/wasi/errno.ts";
import { createImage } from "../../src/wasi/file-system/file-system-image.ts";
import { right } from "../../src/wasi/rights.ts";
import { DirectGuest, valueIn } from "./direct-guest.ts";

const creat = 1;
const directory = 2;
const excl = 4;
const trunc = 8;

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}

test("a file is written, read, sought and truncated", () => {
  const guest = new DirectGuest();
  const fd = valueIn(guest.open("notes", { flags: creat }));
  expect(guest.write(fd, "hello world")).toBe(0);
  expect(guest.seek(fd, -5, 2)).toMatchObject({ value: 6 });
  expect(text(valueIn(guest.read(fd, 100)))).toBe("world");
  expect(guest.write(fd, "W", 6)).toBe(0);
  expect(text(valueIn(guest.read(fd, 100, 0)))).toBe("hello World");
  expect(guest.seek(fd, -1, 0).code).toBe(errno.inval);
  valueIn(guest.open("notes", { flags: trunc }));
  expect(valueIn(guest.stat("notes")).size).toBe(0n);
});

test("a hole reads as zeros, also where the file was cut before", () => {
  const guest = new DirectGuest();
  const fd = valueIn(guest.open("sparse", { flags: creat }));
  guest.write(fd, "abcdef");
  expect(guest.call("fd_filestat_set_size", fd, 2n)).toBe(0);
  expect(guest.write(fd, "z", 5)).toBe(0);
  expect([...valueIn(guest.read(fd, 10, 0))]).toEqual([97, 98, 0, 0, 0, 122]);
});

test("append writes at the end wherever the position is, pwrite does not", () => {
  const guest = new DirectGuest();
  const fd = valueIn(guest.open("log", { flags: creat, descriptorFlags: 1 }));
  guest.write(fd, "one");
  guest.seek(fd, 0, 0);
  guest.write(fd, "two");
  guest.write(fd, "X", 0);
  expect(text(valueIn(guest.read(fd, 10, 0)))).toBe("Xnetwo");
});

test("open() keeps to its flags", () => {
  const guest = new DirectGuest({ image: createImage({ files: { "/d/f": new Uint8Array(3) } }) });
  expect(guest.open("none").code).toBe(errno.noent);
  expect(guest.open("d/f", { flags: creat | excl }).code).toBe(errno.exist);
  expect(guest.open("d/f", { flags: directory }).code).toBe(errno.notdir);
  expect(guest.open("d/f/", {}).code).toBe(errno.notdir);
  expect(guest.open("d/f/g", { flags: creat }).code).toBe(errno.notdir);
  expect(guest.open("d", {}).code).toBe(errno.isdir);
  expect(guest.open("d", { flags: creat | directory }).code).toBe(errno.inval);
  expect(guest.open("new/", { flags: creat }).code).toBe(errno.isdir);
  expect(guest.open("").code).toBe(errno.noent);
  expect(guest.open("a\0b", { flags: creat }).code).toBe(errno.inval);
  expect(guest.open("x".repeat(256), { flags: creat }).code).toBe(errno.nametoolong);
  expect(guest.open("x/".repeat(2049)).code).toBe(errno.nametoolong);
});

test("a path that is no UTF-8 is refused", () => {
  const guest = new DirectGuest();
  const [pointer] = guest.putPath("ab");
  guest.bytes[pointer] = 0xff;
  expect(guest.call("path_create_directory", 3, pointer, 2)).toBe(errno.ilseq);
});

test("rights only shrink, and a descriptor does what its rights allow", () => {
  const guest = new DirectGuest();
  const fd = valueIn(guest.open("f", { flags: creat, rights: BigInt(right.fdRead) }));
  expect(guest.write(fd, "x")).toBe(errno.notcapable);
  expect(guest.call("fd_fdstat_set_rights", fd, BigInt(right.fdWrite), 0n)).toBe(errno.notcapable);
  expect(guest.call("fd_fdstat_set_rights", 3, 0n, 0n)).toBe(0);
  expect(guest.open("f").code).toBe(errno.notcapable);
  expect(guest.stat("f").code).toBe(errno.notcapable);
});

test("what is opened below a descriptor has no right that it does not pass on", () => {
  const guest = new DirectGuest({ image: createImage({ files: { "/d/f": new Uint8Array() } }) });
  const [pointer, length] = guest.putPath("d");
  const inheriting = BigInt(right.fdRead | right.fdFilestatGet);
  const passed = BigInt(right.pathOpen | right.fdReaddir);
  const code = guest.call("path_open", 3, 0, pointer, length, directory, passed, inheriting, 0, 0);
  expect(code).toBe(0);
  const base = guest.data.getUint32(0, true);
  expect(guest.open("f", { base, rights: BigInt(right.fdWrite) }).code).toBe(errno.notcapable);
  const fd = valueIn(guest.open("f", { base, rights: inheriting }));
  expect(guest.rightsOf(fd)).toBe(inheriting);
  expect(guest.open("new", { base, flags: creat, rights: 0n }).code).toBe(errno.notcapable);
});

test("times are set as the flags say, or not at all", () => {
  const guest = new DirectGuest({ image: createImage({ files: { "/f": new Uint8Array() } }) });
  const [pointer, length] = guest.putPath("f");
  const set = (modified: bigint, flags: number): number =>
    guest.call("path_filestat_set_times", 3, 0, pointer, length, 5n, modified, flags);
  expect(set(77n, 4)).toBe(0);
  expect(valueIn(guest.stat("f")).modified).toBe(77n);
  for (const flags of [1 | 2, 4 | 8, 16]) expect(set(99n, flags)).toBe(errno.inval);
  expect(valueIn(guest.stat("f")).modified).toBe(77n);
  expect(set(99n, 8)).toBe(0);
  expect(valueIn(guest.stat("f")).modified).toBe(1_000_000_000n);
});

test("a file lives until its last name and its last descriptor are gone", () => {
  const guest = new DirectGuest();
  const before = guest.wasi.heldBytes;
  const fd = valueIn(guest.open("f", { flags: creat }));
  guest.write(fd, "still here");
  guest.link("f", "g");
  expect(valueIn(guest.stat("g")).links).toBe(2n);
  expect(guest.onPath("path_unlink_file", "f")).toBe(0);
  expect(guest.onPath("path_unlink_file", "g")).toBe(0);
  expect(text(valueIn(guest.read(fd, 100, 0)))).toBe("still here");
  expect(guest.wasi.heldBytes).toBeGreaterThan(before);
  expect(guest.close(fd)).toBe(0);
  expect(guest.wasi.heldBytes).toBe(before);
});

test("rename() keeps to POSIX", () => {
  const guest = new DirectGuest({
    image: createImage({ files: { "/a/x": new Uint8Array(1), "/b/y": new Uint8Array(2) } }),
  });
  expect(guest.rename("a", "a/inside")).toBe(errno.inval);
  expect(guest.rename("a", "b")).toBe(errno.notempty);
  expect(guest.rename("a/x", "b")).toBe(errno.isdir);
  expect(guest.rename("a", "b/y")).toBe(errno.notdir);
  expect(guest.rename("a/x", "b/y")).toBe(0);
  expect(valueIn(guest.stat("b/y")).size).toBe(1n);
  expect(guest.rename("b", "a")).toBe(0);
  expect(valueIn(guest.stat("a/y")).size).toBe(1n);
  expect(guest.rename(".", "c")).toBe(errno.inval);
  expect(guest.rename("none", "c")).toBe(errno.noent);
});

test("a directory cannot be moved below itself, wherever it was moved before", () => {
  const guest = new DirectGuest();
  for (const name of ["a", "b", "a/c"]) guest.onPath("path_create_directory", name);
  expect(guest.rename("a", "b/a")).toBe(0);
  expect(guest.rename("b", "b/a/c/b")).toBe(errno.inval);
  expect(guest.list(valueIn(guest.open("b/a", { flags: directory })))).toEqual([".", "..", "c"]);
});

test("nothing can be made in a directory that was removed", () => {
  const guest = new DirectGuest();
  guest.onPath("path_create_directory", "gone");
  const fd = valueIn(guest.open("gone", { flags: directory }));
  expect(guest.onPath("path_remove_directory", "gone")).toBe(0);
  expect(guest.open("f", { base: fd, flags: creat }).code).toBe(errno.noent);
  expect(guest.list(fd)).toEqual([".", ".."]);
});

test("fd_readdir() lists each name once while others come and go", () => {
  const guest = new DirectGuest();
  const names = Array.from({ length: 200 }, (_, index) => `file-${index}`);
  for (const name of names) guest.close(valueIn(guest.open(name, { flags: creat })));
  expect(guest.list(3, 60)).toEqual([".", "..", ...names]);
  expect(guest.list(3, 1000)).toEqual([".", "..", ...names]);
  for (const name of names.slice(0, 150)) guest.onPath("path_unlink_file", name);
  guest.close(valueIn(guest.open("late", { flags: creat })));
  expect(guest.list(3, 60)).toEqual([".", "..", ...names.slice(150), "late"]);
});

test("a cookie stays good when entries before it are swept out", () => {
  const guest = new DirectGuest();
  for (let index = 0; index < 100; index++) {
    guest.close(valueIn(guest.open(`f${index}`, { flags: creat })));
  }
  // The cookie after the 50th file is 52, and more than half is removed.
  for (let index = 0; index < 60; index++) guest.onPath("path_unlink_file", `f${index}`);
  const used = 65_600;
  expect(guest.call("fd_readdir", 3, used, 27, 52n, 0)).toBe(0);
  expect(Buffer.from(guest.buffer, used + 24, 3).toString()).toBe("f60");
});

test("links are followed, up to a bound", () => {
  const guest = new DirectGuest({
    image: createImage({ files: { "/d/f": Buffer.from("found") } }),
    limits: { symlinksMax: 5 },
  });
  guest.symlink("d", "l0");
  for (let index = 1; index < 7; index++) guest.symlink(`l${index - 1}`, `l${index}`);
  expect(valueIn(guest.open("l4/f"))).toBeGreaterThan(3);
  expect(guest.open("l6/f").code).toBe(errno.loop);
  expect(guest.readlink("l1")).toEqual({ code: 0, value: "l0" });
  expect(guest.readlink("d").code).toBe(errno.inval);
  expect(guest.symlink("/etc", "absolute")).toBe(errno.notcapable);
  expect(guest.symlink("d", "l0")).toBe(errno.exist);
});

test("descriptors take the lowest free number, and can be moved", () => {
  const guest = new DirectGuest();
  const first = valueIn(guest.open("a", { flags: creat }));
  const second = valueIn(guest.open("b", { flags: creat }));
  expect([first, second]).toEqual([4, 5]);
  guest.close(first);
  expect(valueIn(guest.open("c", { flags: creat }))).toBe(4);
  expect(guest.call("fd_renumber", 5, 4)).toBe(0);
  expect(guest.call("fd_tell", 5, 0)).toBe(errno.badf);
  expect(guest.call("fd_renumber", 4, 99)).toBe(errno.badf);
  expect(guest.call("fd_close", -1)).toBe(errno.badf);
});

test("pointers outside the memory fail with fault and change nothing", () => {
  const guest = new DirectGuest();
  const fd = valueIn(guest.open("f", { flags: creat }));
  const end = guest.buffer.byteLength;
  expect(guest.call("fd_write", fd, end - 4, 1, 0)).toBe(errno.fault);
  guest.putVector(4);
  expect(guest.call("fd_write", fd, 64, 1, end - 2)).toBe(errno.fault);
  expect(valueIn(guest.stat("f")).size).toBe(0n);
  guest.putVector(end);
  expect(guest.call("fd_write", fd, 64, 1, 0)).toBe(errno.fault);
  expect(guest.call("random_get", -8, 16)).toBe(errno.fault);
  expect(guest.call("path_create_directory", 3, end - 1, 2)).toBe(errno.fault);
  expect(guest.call("fd_read", fd, 64, -1, 0)).toBe(errno.inval);
});

test("streams: input is a file, outputs cannot be read or sought, nothing is a socket", () => {
  const guest = new DirectGuest({ stdin: Buffer.from("typed") });
  expect(text(valueIn(guest.read(0, 3)))).toBe("typ");
  expect(text(valueIn(guest.read(0, 30)))).toBe("ed");
  expect(guest.write(0, "x")).toBe(errno.notcapable);
  expect(guest.write(1, "to ")).toBe(0);
  expect(guest.write(1, "stdout")).toBe(0);
  expect(guest.write(2, "to stderr")).toBe(0);
  expect(guest.output).toEqual({ stdout: "to stdout", stderr: "to stderr" });
  expect(guest.seek(1, 0, 0).code).toBe(errno.spipe);
  expect(guest.read(1, 1).code).toBe(errno.notcapable);
  for (const name of ["sock_accept", "sock_recv", "sock_send", "sock_shutdown"]) {
    expect(guest.call(name, 1)).toBe(errno.notsock);
    expect(guest.call(name, 99)).toBe(errno.badf);
  }
});

test("a write of several pieces reaches the output as one, large ones in bounded parts", () => {
  const parts: number[] = [];
  const guest = new DirectGuest({
    onOutput(_, bytes) {
      parts.push(bytes.length);
      return undefined;
    },
  });
  for (const [index, length] of [3, 0, 150_000, 7].entries()) {
    guest.data.setUint32(64 + index * 8, 65_536, true);
    guest.data.setUint32(68 + index * 8, length, true);
  }
  expect(guest.call("fd_write", 1, 64, 4, 0)).toBe(0);
  expect(guest.data.getUint32(0, true)).toBe(150_010);
  expect(parts).toEqual([65_536, 65_536, 18_938]);
});
