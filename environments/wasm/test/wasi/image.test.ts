import { isFault } from "@bedplate/errors";
import { expect, test } from "vitest";
import { createImage } from "../../src/wasi/file-system/file-system-image.ts";
import { DirectGuest, valueIn } from "./direct-guest.ts";

const creat = 1;

test("runs share an image and never see each other's writes", () => {
  const bytes = Buffer.from("original");
  const image = createImage({ files: { "/data/f": bytes } });
  const first = new DirectGuest({ image });
  const second = new DirectGuest({ image });
  first.write(valueIn(first.open("data/f")), "CHANGED!");
  first.onPath("path_create_directory", "data/more");
  expect(bytes.toString()).toBe("original");
  expect(valueIn(second.read(valueIn(second.open("data/f")), 99))).toEqual(new Uint8Array(bytes));
  expect(second.list(valueIn(second.open("data", { flags: 2 })))).toEqual([".", "..", "f"]);
});

test("a captured file system goes on where it was, and both sides stay apart", () => {
  const guest = new DirectGuest();
  const fd = valueIn(guest.open("f", { flags: creat }));
  guest.write(fd, "one");
  guest.link("f", "g");
  guest.symlink("f", "l");
  const image = guest.wasi.captureFiles();
  guest.write(fd, "-two");
  const next = new DirectGuest({ image });
  const nextFd = valueIn(next.open("l"));
  expect(Buffer.from(valueIn(next.read(nextFd, 99))).toString()).toBe("one");
  next.write(nextFd, "X", 0);
  expect(Buffer.from(valueIn(next.read(valueIn(next.open("g")), 99))).toString()).toBe("Xne");
  expect(valueIn(next.stat("g")).links).toBe(2n);
  expect(Buffer.from(valueIn(guest.read(fd, 99, 0))).toString()).toBe("one-two");
  expect(valueIn(next.stat("f")).inode).toBe(valueIn(guest.stat("f")).inode);
});

test("what guests wrote counts in later runs, what the caller gave does not", () => {
  const given = new DirectGuest({
    image: createImage({ files: { "/big": new Uint8Array(1_000_000) } }),
  });
  const before = given.wasi.heldBytes;
  expect(before).toBeLessThan(10_000);
  given.write(valueIn(given.open("new", { flags: creat })), new Uint8Array(50_000));
  const image = given.wasi.captureFiles();
  expect(image.countedBytes).toBeGreaterThanOrEqual(before + 50_000);
  expect(image.countedBytes).toBeLessThan(before + 60_000);
  const again = new DirectGuest({ image });
  expect(again.wasi.heldBytes).toBe(image.countedBytes);
  expect(again.wasi.captureFiles().countedBytes).toBe(image.countedBytes);
});

test("directories nest deeper than the host's stack without harm", () => {
  const guest = new DirectGuest();
  let base = 3;
  for (let depth = 0; depth < 20_000; depth++) {
    guest.onPath("path_create_directory", "d", base);
    const next = valueIn(guest.open("d", { base, flags: 2 }));
    if (base !== 3) guest.close(base);
    base = next;
  }
  const image = guest.wasi.captureFiles();
  expect(image.inodes).toBe(20_001);
});

test("inode numbers and listings do not depend on the order of the sources", () => {
  const files = { "/b": new Uint8Array(1), "/a/z": new Uint8Array(2), "/a/y": new Uint8Array(3) };
  const reversed = Object.fromEntries(Object.entries(files).reverse());
  const [one, other] = [files, reversed].map((each) => {
    const guest = new DirectGuest({ image: createImage({ files: each }) });
    return [guest.list(3), valueIn(guest.stat("a/z")).inode, valueIn(guest.stat("b")).inode];
  });
  expect(one).toEqual(other);
});

test.each(["relative", "/a/../b", "/a//b", "/.", "/a\0", "/"])(
  "createImage() refuses the path %j",
  (path) => {
    try {
      createImage({ files: { [path]: new Uint8Array() } });
      expect.unreachable();
    } catch (error) {
      expect(isFault(error, "argument.invalid")).toBe(true);
    }
  },
);

test("a path that is a file and a directory is refused", () => {
  const files = { "/a": new Uint8Array(), "/a/b": new Uint8Array() };
  expect(() => createImage({ files })).toThrow("directory");
});

test("a name like a member of every object is a name like any other", () => {
  const files = { "/__proto__": Buffer.from("p"), "/constructor/toString": Buffer.from("c") };
  const guest = new DirectGuest({ image: createImage({ files }) });
  expect(guest.list(3)).toEqual([".", "..", "__proto__", "constructor"]);
  expect(guest.stat("hasOwnProperty").code).not.toBe(0);
});
