import { setTimeout as sleep } from "node:timers/promises";
import type { Plugin } from "../../manifest.ts";
import type { ConformanceCase } from "../conformance-case.ts";
import { awaitedLater, ensure, ensureEqual, ensureFault, thrownBy } from "../expectations.ts";
import { overlay } from "../overlay.ts";
import { facet } from "../requirements.ts";
import { nothingEscapes } from "./escape.ts";
import { attributes, watching } from "./machine-requirements.ts";
import { bytesOf, openMachine, streamOf } from "./machine-rig.ts";

const files = facet("files");
const missing = { code: "resource.missing", effect: "none" } as const;
const invalid = { code: "argument.invalid", effect: "none" } as const;

/** A file that the suite is willing to write to reach a limit. */
const limitTried: number = 1024 * 1024;

/** In which time a machine has cleared away what a failed body left. */
const clearMsMax = 2_000;

/** FI-01 to FI-07: contents, places and limits. */
export const filesCases: readonly ConformanceCase[] = [
  {
    id: "FI-01",
    law: "What is written is read, byte for byte, with its mode and its owner",
    requires: files,
    async run(rig) {
      const machine = await openMachine(rig);
      const contents = [0, 1, 256, 300_000].map((length) =>
        Uint8Array.from({ length }, (_, i) => (i * 7) % 256),
      );
      for (const [at, data] of contents.entries()) {
        const path = machine.path(`folder-${at}/file`);
        const body = streamOf(data);
        const entry = await machine.files.write({ path, body, mode: 0o600 }, rig.call());
        const { kind, bytes, mode } = entry;
        ensureEqual([entry.path, kind, bytes, mode], [path, "file", data.length, 0o600], "entry");
        ensure(entry.modifiedAt > 0 && entry.owner !== "", "no owner, or no time");
        ensureEqual(await machine.files.stat({ path }, rig.call()), entry, "entry by stat");
        ensureEqual(await bytesOf(await machine.files.read({ path }, rig.call())), data, "bytes");
      }
      const path = machine.path("plain");
      await machine.write(path, "first");
      ensureEqual((await machine.files.stat({ path }, rig.call())).mode, 0o644, "default mode");
      await machine.write(path, "2nd");
      ensureEqual(await machine.read(path), "2nd", "contents that replaced others");
    },
  },
  {
    id: "FI-02",
    law: "A range gives exactly its bytes; behind the end there are none",
    requires: files,
    async run(rig) {
      const machine = await openMachine(rig);
      const path = machine.path("digits");
      await machine.write(path, "0123456789");
      const part = async (offset?: number, length?: number) => {
        const range = {
          ...(offset !== undefined && { offset }),
          ...(length !== undefined && { length }),
        };
        const stream = await machine.files.read({ path, ...range }, rig.call());
        return Buffer.from(await bytesOf(stream)).toString();
      };
      const seen = [
        await part(3, 4),
        await part(8),
        await part(undefined, 2),
        await part(4, 0),
        await part(10),
        await part(99),
        await part(7, 99),
      ];
      ensureEqual(seen, ["3456", "89", "01", "", "", "", "789"], "ranges");
      await ensureFault(() => part(-1), invalid);
    },
  },
  {
    id: "FI-03",
    law: "A file is replaced at once: every reader sees one version, whole",
    requires: files,
    async run(rig) {
      const machine = await openMachine(rig);
      const path = machine.path("replaced");
      const version = (letter: string) => letter.repeat(200_000);
      await machine.write(path, version("a"));
      const readUntil = async (writing: Promise<void>) => {
        const state = { isOver: false };
        const over = awaitedLater(
          writing.finally(() => {
            state.isOver = true;
          }),
        );
        do {
          const text = await machine.read(path);
          const [first = ""] = text;
          ensure(text === version(first), `a reader saw ${text.length} bytes of a mixture`);
        } while (!state.isOver);
        await over;
      };
      for (const letter of "bcdef") {
        const writing = machine.write(path, version(letter));
        await Promise.all([readUntil(writing), readUntil(writing)]);
      }
      const opened = await machine.files.read({ path }, rig.call());
      await machine.write(path, "other");
      const kept = Buffer.from(await bytesOf(opened)).toString();
      ensure(kept === version("f"), "a reader that was there first saw the new version");
    },
  },
  {
    id: "FI-04",
    law: "Paths that climb are refused, and no link leads out of the machine",
    requires: files,
    run: nothingEscapes,
  },
  {
    id: "FI-05",
    law: "A list has everything below the folder, to the depth asked for, always in the same order",
    requires: files,
    async run(rig) {
      const machine = await openMachine(rig);
      const root = machine.path("listed");
      for (const name of ["b/z", "b/a/deep", "a", "B", "c-ä", "b/y"]) {
        await machine.write(`${root}/${name}`, name);
      }
      await machine.files.makeFolder({ path: `${root}/empty` }, rig.call());
      const names = async (depth: number) =>
        (await machine.paths(root, depth)).map((each) => each.slice(root.length + 1));
      ensureEqual(await names(1), ["B", "a", "b", "c-ä", "empty"], "one level");
      const two = ["B", "a", "b", "b/a", "b/y", "b/z", "c-ä", "empty"];
      ensureEqual(await names(2), two, "two levels");
      ensureEqual(await names(2), two, "the second time");
      ensureEqual((await names(3)).length, two.length + 1, "entries of three levels");
      const entries = await Array.fromAsync(
        machine.files.list({ path: `${root}/b`, depth: 1 }, rig.call()),
      );
      const kinds = entries.map(({ kind, bytes }) => (kind === "file" ? [kind, bytes] : [kind]));
      ensureEqual(kinds, [["folder"], ["file", 3], ["file", 3]], "kinds and lengths");
      await ensureFault(() => machine.paths(`${root}/a`), invalid);
      await ensureFault(() => machine.paths(`${root}/none`), missing);
    },
  },
  {
    id: "FI-06",
    law: "A file of the largest length is written; one byte more is refused, and what was there stays",
    requires: files,
    async run(rig) {
      const fileBytesMax = Math.min(rig.manifest.declares.files?.fileBytesMax ?? 0, limitTried);
      const decorate = (plugin: Plugin): Plugin => {
        const { declares } = plugin.manifest;
        const limited = { ...declares, files: { ...declares.files, fileBytesMax } };
        return overlay(plugin, { manifest: { ...plugin.manifest, declares: limited as never } });
      };
      const { environment } = await rig.open({ decorate });
      const machine = await openMachine(rig, { environment });
      const path = machine.path("large");
      await machine.write(path, "x".repeat(fileBytesMax));
      const { fault } = await ensureFault(
        () => machine.write(path, "y".repeat(fileBytesMax + 1)),
        invalid,
      );
      ensureEqual([fault.detail["path"], fault.detail["limit"]], ["/body", fileBytesMax], "detail");
      ensureEqual(await machine.read(path), "x".repeat(fileBytesMax), "what was there");
    },
  },
  {
    id: "FI-07",
    law: "Deleting takes a folder with all that is in it, and twice does nothing",
    requires: files,
    async run(rig) {
      const machine = await openMachine(rig);
      const root = machine.path("doomed");
      await machine.write(`${root}/a/b/c`, "x");
      await machine.write(machine.path("doomed-not"), "stays");
      await machine.files.delete({ path: root }, rig.call());
      await machine.files.delete({ path: root }, rig.call());
      await ensureFault(() => machine.files.stat({ path: root }, rig.call()), missing);
      await ensureFault(() => machine.files.stat({ path: `${root}/a/b/c` }, rig.call()), missing);
      ensureEqual(await machine.read(machine.path("doomed-not")), "stays", "its neighbour");
    },
  },
  {
    id: "FI-09",
    law: "Folders are made with those above them and only once; a move takes everything along and replaces a file",
    requires: files,
    async run(rig) {
      const machine = await openMachine(rig);
      const root = machine.path("made");
      const made = { path: `${root}/a/b`, mode: 0o700 };
      const entry = await machine.files.makeFolder(made, rig.call());
      ensureEqual([entry.kind, entry.mode, entry.path], ["folder", 0o700, made.path], "entry");
      await ensureFault(() => machine.files.makeFolder(made, rig.call()), {
        code: "resource.exists",
        effect: "none",
      });
      await machine.write(`${root}/a/b/file`, "moved");
      await machine.write(`${root}/file`, "replaced");
      const move = { path: `${root}/a`, to: `${root}/new/place` };
      ensureEqual((await machine.files.move(move, rig.call())).path, move.to, "the new path");
      await ensureFault(() => machine.files.stat({ path: move.path }, rig.call()), missing);
      const file = { path: `${move.to}/b/file`, to: `${root}/file` };
      await machine.files.move(file, rig.call());
      ensureEqual(await machine.read(`${root}/file`), "moved", "the file that was replaced");
      await ensureFault(() => machine.files.move(file, rig.call()), missing);
    },
  },
  {
    id: "FI-10",
    law: "A watcher is ready before it is told anything, and is told every change, in order",
    requires: watching,
    async run(rig) {
      const machine = await openMachine(rig);
      const root = machine.path("watched");
      await machine.write(`${root}/old`, "x");
      const seen: string[] = [];
      const request = { path: root, isRecursive: true };
      for await (const { kind, path } of machine.files.watch(request, rig.call())) {
        if (kind === "ready") {
          await machine.write(`${root}/new`, "x");
          await machine.write(`${root}/sub/deep`, "x");
          await machine.files.move({ path: `${root}/old`, to: `${root}/moved` }, rig.call());
          await machine.files.delete({ path: `${root}/new` }, rig.call());
          await machine.files.makeFolder({ path: `${root}/last` }, rig.call());
          continue;
        }
        seen.push(`${kind} ${path.slice(root.length + 1)}`);
        if (path === `${root}/last`) break;
      }
      const expected = [
        "created new",
        "created sub",
        "moved old",
        "created moved",
        "deleted new",
        "created last",
      ];
      const order = expected.map((each) => seen.indexOf(each));
      ensure(!order.includes(-1), `changes that were not told: ${seen.join(", ")}`);
      ensureEqual(
        order,
        order.toSorted((a, b) => a - b),
        "order of the changes",
      );
      await ensureFault(
        () => Array.fromAsync(machine.files.watch({ path: `${root}/none` }, rig.call())),
        missing,
      );
    },
  },
  {
    id: "FI-11",
    law: "Attributes are kept with a file, and replaced with its contents",
    requires: attributes,
    async run(rig) {
      const machine = await openMachine(rig);
      const path = machine.path("tagged");
      const write = (more: Readonly<Record<string, string>> | undefined) =>
        machine.files.write(
          { path, body: streamOf("x"), ...(more && { attributes: more }) },
          rig.call(),
        );
      await write({ colour: "blue", "e2b.size": "ä" });
      const first = (await machine.files.stat({ path }, rig.call())).attributes;
      ensureEqual(first, { colour: "blue", "e2b.size": "ä" }, "attributes");
      await write({ shape: "" });
      const second = (await machine.files.stat({ path }, rig.call())).attributes;
      ensureEqual(second, { shape: "" }, "attributes that replaced others");
      await write(undefined);
      const last = (await machine.files.stat({ path }, rig.call())).attributes ?? {};
      ensureEqual(last, {}, "attributes of a file written without any");
      await ensureFault(() => write({ large: "x".repeat(5000) }), invalid);
    },
  },
  {
    id: "FI-12",
    law: "A body that fails leaves everything as it was, and nothing beside it",
    requires: files,
    async run(rig) {
      const machine = await openMachine(rig);
      const root = machine.path("whole");
      await machine.write(`${root}/file`, "as it was");
      const failing = () => {
        let pulls = 0;
        return new ReadableStream<Uint8Array>({
          pull(controller) {
            pulls += 1;
            if (pulls < 4) controller.enqueue(new Uint8Array(1000));
            else controller.error(new Error("the caller's disk broke"));
          },
        });
      };
      for (const name of ["file", "fresh"]) {
        const request = { path: `${root}/${name}`, body: failing() };
        const error = await thrownBy(() => machine.files.write(request, rig.call()));
        ensure(error !== undefined, "a body that failed was taken for a file");
      }
      ensureEqual(await machine.read(`${root}/file`), "as it was", "the file");
      // Who failed has its answer at once; the machine may take a moment to clear away.
      const untilMs = performance.now() + clearMsMax;
      while ((await machine.paths(root)).length > 1 && performance.now() < untilMs) await sleep(20);
      ensureEqual(await machine.paths(root), [`${root}/file`], "what is in the folder");
    },
  },
  {
    id: "FI-13",
    law: "What is missing, is a folder, or belongs to others is refused with its own code, without effect",
    requires: files,
    async run(rig) {
      const machine = await openMachine(rig);
      const root = machine.path("refusals");
      await machine.write(`${root}/file`, "x");
      const read = (path: string) => machine.read(path);
      await ensureFault(() => read(`${root}/none`), missing);
      await ensureFault(() => read(root), invalid);
      await ensureFault(() => machine.write(root, "x"), invalid);
      await ensureFault(() => machine.write(`${root}/file/below`, "x"), invalid);
      await ensureFault(() => read("/a\0b"), invalid);
      await ensureFault(() => read(""), invalid);
      await ensureFault(() => read(`/${"a".repeat(5000)}`), invalid);
      const odd = { path: `${root}/file`, user: "nobody-4f1c" };
      await ensureFault(
        () => machine.files.write({ ...odd, body: streamOf("y") }, rig.call()),
        invalid,
      );
      const { otherUser } = rig.subject.machine ?? {};
      if (otherUser !== undefined) {
        const request = { path: `${root}/file`, user: otherUser, body: streamOf("y") };
        await ensureFault(() => machine.files.write(request, rig.call()), {
          code: "permission.denied",
          effect: "none",
        });
      }
      ensureEqual(await machine.paths(root), [`${root}/file`], "what is there");
      ensureEqual(await read(`${root}/file`), "x", "the file");
    },
  },
];
