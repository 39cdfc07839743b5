import fc from "fast-check";
import { expect, test } from "vitest";
import { DirectGuest, valueIn } from "./direct-guest.ts";
import { FlatModel } from "./flat-model.ts";

const creat = 1;
const directory = 2;

type Step =
  | { readonly act: "write"; readonly path: string; readonly bytes: number[]; readonly at: number }
  | { readonly act: "append"; readonly path: string; readonly bytes: number[] }
  | { readonly act: "resize"; readonly path: string; readonly size: number }
  | { readonly act: "mkdir" | "rmdir" | "unlink"; readonly path: string }
  | { readonly act: "rename" | "link"; readonly path: string; readonly to: string }
  | { readonly act: "capture" };

const path = fc
  .array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join("/"));
const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 100 });

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    act: fc.constant("write" as const),
    path,
    bytes,
    at: fc.integer({ min: 0, max: 200 }),
  }),
  fc.record({ act: fc.constant("append" as const), path, bytes }),
  fc.record({ act: fc.constant("resize" as const), path, size: fc.integer({ min: 0, max: 300 }) }),
  fc.record({ act: fc.constantFrom("mkdir" as const, "rmdir" as const, "unlink" as const), path }),
  fc.record({ act: fc.constantFrom("rename" as const, "link" as const), path, to: path }),
  fc.record({ act: fc.constantFrom("mkdir" as const), path }),
  fc.constant({ act: "capture" as const }),
);

function applyToModel(model: FlatModel, step: Exclude<Step, { act: "capture" }>): boolean {
  switch (step.act) {
    case "write":
      return model.write(step.path, step.bytes, step.at);
    case "append":
      return model.write(step.path, step.bytes, "end");
    case "resize":
      return model.resize(step.path, step.size);
    case "mkdir":
      return model.makeDirectory(step.path);
    case "rmdir":
      return model.removeDirectory(step.path);
    case "unlink":
      return model.unlink(step.path);
    case "rename":
      return model.rename(step.path, step.to);
    case "link":
      return model.link(step.path, step.to);
  }
}

function applyToGuest(guest: DirectGuest, step: Exclude<Step, { act: "capture" }>): boolean {
  switch (step.act) {
    case "write":
      return onFile(guest, step.path, creat, (fd) =>
        guest.write(fd, Uint8Array.from(step.bytes), step.at),
      );
    case "append":
      return onFile(guest, step.path, creat, (fd) => {
        guest.call("fd_fdstat_set_flags", fd, 1);
        return guest.write(fd, Uint8Array.from(step.bytes));
      });
    case "resize":
      return onFile(guest, step.path, 0, (fd) =>
        guest.call("fd_filestat_set_size", fd, BigInt(step.size)),
      );
    case "mkdir":
      return guest.onPath("path_create_directory", step.path) === 0;
    case "rmdir":
      return guest.onPath("path_remove_directory", step.path) === 0;
    case "unlink":
      return guest.onPath("path_unlink_file", step.path) === 0;
    case "rename":
      return guest.rename(step.path, step.to) === 0;
    case "link":
      return guest.link(step.path, step.to) === 0;
  }
}

function onFile(
  guest: DirectGuest,
  path: string,
  flags: number,
  act: (fd: number) => number,
): boolean {
  const { code, value: fd } = guest.open(path, { flags });
  if (code !== 0 || fd === undefined) return false;
  const result = act(fd);
  guest.close(fd);
  return result === 0;
}

function treeOf(guest: DirectGuest): Record<string, readonly number[] | "directory"> {
  const tree: Record<string, readonly number[] | "directory"> = {};
  const visit = (base: number, prefix: string): void => {
    for (const name of guest.list(base, 80).filter((each) => !each.startsWith("."))) {
      const { type } = valueIn(guest.stat(name, { base }));
      if (type === 3) {
        tree[prefix + name] = "directory";
        const next = valueIn(guest.open(name, { base, flags: directory }));
        visit(next, `${prefix}${name}/`);
        guest.close(next);
      } else {
        const fd = valueIn(guest.open(name, { base }));
        tree[prefix + name] = [...valueIn(guest.read(fd, 10_000))];
        guest.close(fd);
      }
    }
  };
  visit(3, "");
  return Object.fromEntries(Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Removes everything; what is held then must be what was held in the beginning. */
function removeAll(guest: DirectGuest, tree: Readonly<Record<string, unknown>>): void {
  for (const [path, entry] of Object.entries(tree).reverse()) {
    const name = entry === "directory" ? "path_remove_directory" : "path_unlink_file";
    expect(guest.onPath(name, path)).toBe(0);
  }
}

test("the file system does what a map of paths does, whatever is done to it", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const model = new FlatModel();
      let guest = new DirectGuest();
      for (const each of steps) {
        if (each.act === "capture") {
          guest = new DirectGuest({ image: guest.wasi.captureFiles() });
          continue;
        }
        expect(applyToGuest(guest, each), JSON.stringify(each)).toBe(applyToModel(model, each));
      }
      expect(treeOf(guest)).toEqual(model.tree());
    }),
    { numRuns: 500 },
  );
});

test("removing everything gives everything back", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const guest = new DirectGuest();
      const before = guest.wasi.heldBytes;
      for (const each of steps) if (each.act !== "capture") applyToGuest(guest, each);
      removeAll(guest, treeOf(guest));
      expect(guest.wasi.heldBytes).toBe(before);
      expect(guest.wasi.captureFiles().countedBytes).toBe(before);
    }),
    { numRuns: 300 },
  );
});

test("a guest that may hold little never holds more, and a failed call changes nothing", () => {
  const totalBytesMax = 2_500;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const guest = new DirectGuest({ limits: { totalBytesMax } });
      for (const each of steps) {
        if (each.act === "capture") continue;
        const before = treeOf(guest);
        const isDone = applyToGuest(guest, each);
        expect(guest.wasi.heldBytes).toBeLessThanOrEqual(totalBytesMax);
        // A write that fails has still created the file: those are two calls.
        const isOneCall = each.act !== "write" && each.act !== "append";
        if (!isDone && isOneCall) expect(treeOf(guest)).toEqual(before);
      }
    }),
    { numRuns: 200 },
  );
});
