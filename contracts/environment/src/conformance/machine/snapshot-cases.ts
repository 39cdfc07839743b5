import type { SnapshotManifest } from "../../facets/snapshot.ts";
import type { ConformanceCase } from "../conformance-case.ts";
import { ensure, ensureEqual, ensureFault, show } from "../expectations.ts";
import { all, determinism, facet } from "../requirements.ts";
import { breakOff } from "./broken-off.ts";
import { damagedChunks, missingChunks } from "./damage.ts";
import { layers } from "./layers.ts";
import {
  increments,
  layerSnapshots,
  machineSnapshots,
  manyClones,
  singleClones,
} from "./machine-requirements.ts";
import { command } from "./machine-rig.ts";
import { type Furnished, furnish, goesOn, restore, scopesOf, unchanged } from "./restoring.ts";

const snapshot = all(facet("snapshot"), facet("files"));

/** SN-01 to SN-17: what is captured can be restored, here or where its needs are met, and nothing else can. */
export const snapshotCases: readonly ConformanceCase[] = [
  {
    id: "SN-01",
    law: "A restored machine is what was captured: files with their owners, modes and links, and processes where they were",
    requires: snapshot,
    commands: ["tick"],
    async run(rig) {
      for (const scope of scopesOf(rig)) {
        const original = await furnish(rig);
        const { machine } = original;
        const process = rig.declares("exec") && (await machine.start(command(rig, "tick")(2)));
        if (process) await machine.until(process, "10");
        const { manifest } = await machine.capture(scope, original);
        const clone = await restore(original, manifest);
        await unchanged(clone, original);
        if (!process) continue;
        if (scope === "machine") await goesOn(clone, { id: process.id, counted: 10 });
        else ensureEqual(await clone.exec.list(rig.call()), [], "processes after a fresh boot");
      }
    },
  },
  {
    id: "SN-02",
    law: "Capturing leaves the machine as it was, running or paused",
    requires: snapshot,
    commands: ["tick"],
    async run(rig) {
      for (const scope of scopesOf(rig)) {
        const original = await furnish(rig);
        const { machine } = original;
        const process = await machine.start(command(rig, "tick")(2));
        await machine.until(process, "3");
        await machine.capture(scope, original);
        ensureEqual(machine.instance.phase, "running", "phase");
        ensureEqual((await machine.instance.status(rig.call())).phase, "running", "by status");
        await machine.until(process, "20");
        await unchanged(machine, original);
        if (!rig.declares("pause")) continue;
        await machine.instance.facet("pause").pause(rig.call());
        await machine.capture(scope, original);
        ensureEqual((await machine.instance.status(rig.call())).phase, "paused", "when paused");
        await machine.instance.facet("pause").resume(rig.call());
        await machine.until(process, "25");
      }
    },
  },
  {
    id: "SN-03",
    law: "A snapshot is restored on another host that meets its needs, from its manifest and its chunks alone",
    requires: snapshot,
    async run(rig) {
      for (const scope of scopesOf(rig)) {
        const original = await furnish(rig);
        const { manifest, chunks } = await original.machine.capture(scope, original);
        await rig.retire(original.machine.instance);
        await original.environment.close(rig.call());
        const there = await rig.open();
        for (const chunk of chunks) there.host.add(chunk);
        const copy = JSON.parse(JSON.stringify(manifest)) as typeof manifest;
        ensureEqual(await there.environment.assess(copy, rig.call()), [], "needs that are not met");
        await unchanged(await restore({ ...original, ...there }, copy), original);
      }
    },
  },
  {
    id: "SN-04",
    law: "Each need that is not met is named, and creation is refused before a chunk is read",
    requires: snapshot,
    async run(rig) {
      const original = await furnish(rig);
      const [scope = "files"] = scopesOf(rig);
      const { manifest } = await original.machine.capture(scope, original);
      ensure(manifest.requires.length > 0, "it needs nothing, not even its engine");
      const needs = [
        { what: "cpu", needs: "no-such-feature-4f1c" },
        { what: "kernel", needs: ">= 999" },
        { what: "engine", needs: "no-such-engine-4f1c" },
        { what: "device", needs: "/dev/no-such-device" },
      ] as const;
      for (const need of needs) {
        const broken = { ...manifest, chunks: [], requires: [...manifest.requires, need] };
        const unmet = await original.environment.assess(broken, rig.call());
        ensureEqual(unmet, [need], "needs that are not met");
        await refused(original, broken);
      }
    },
  },
  {
    id: "SN-05",
    law: "A snapshot of another format, or of a later one, is refused; never something undefined",
    requires: snapshot,
    async run(rig) {
      const original = await furnish(rig);
      const [scope = "files"] = scopesOf(rig);
      const { manifest } = await original.machine.capture(scope, original);
      const { format } = manifest;
      const formats = [
        { ...format, name: "no-such-format-4f1c" },
        { ...format, major: format.major + 1 },
        { ...format, minor: format.minor + 1 },
      ];
      for (const each of formats) await refused(original, { ...manifest, format: each });
      await unchanged(await restore(original, manifest), original);
    },
  },
  {
    id: "SN-06",
    law: "A flipped byte in any chunk is noticed, and leaves no machine",
    requires: snapshot,
    run: damagedChunks,
  },
  {
    id: "SN-07",
    law: "A chunk that is missing or cut is noticed, and leaves no machine",
    requires: snapshot,
    run: missingChunks,
  },
  {
    id: "SN-08",
    law: "A capture on top of another gives only what is new, restores as a full one does, and needs what it names",
    requires: all(snapshot, increments),
    async run(rig) {
      for (const scope of scopesOf(rig)) {
        const original = await furnish(rig);
        const { machine } = original;
        await machine.write(machine.path("large"), "x".repeat(500_000));
        const first = await machine.capture(scope, original);
        await machine.write(machine.path("more"), "added between");
        const parent = first.manifest;
        const second = await machine.capture(scope, { ...original, parent });
        const bytes = second.chunks.reduce((sum, each) => sum + each.length, 0);
        ensure(bytes < 250_000, `${bytes} bytes were given again`);
        const clone = await restore(original, second.manifest);
        await unchanged(clone, original);
        ensureEqual(await clone.read(machine.path("more")), "added between", "the new file");
        ensureEqual((await clone.read(machine.path("large"))).length, 500_000, "the old file");
        const elsewhere = await rig.open();
        for (const chunk of second.chunks) elsewhere.host.add(chunk);
        const lonely = { ...original, ...elsewhere };
        await ensureFault(() => restore(lonely, second.manifest), {
          code: "resource.missing",
          effect: "none",
        });
      }
    },
  },
  {
    id: "SN-09",
    law: "Machines restored from one snapshot have chance and identity of their own, and the right time",
    requires: all(snapshot, machineSnapshots, manyClones),
    commands: ["random", "identity", "wallClock"],
    async run(rig) {
      const original = await furnish(rig);
      const [random, identity] = [command(rig, "random")(), command(rig, "identity")()];
      const { manifest } = await original.machine.capture("machine", original);
      const machines = [original.machine];
      for (let i = 0; i < 3; i++) machines.push(await restore(original, manifest));
      const said: string[] = [];
      for (const each of machines) {
        said.push(await each.ask(random), ...(await each.ask(identity)).split("\n"));
        const wall = Number(await each.ask(command(rig, "wallClock")()));
        ensure(Math.abs(wall - Date.now()) < 5_000, `its wall clock says ${wall}`);
      }
      ensureEqual(new Set(said).size, said.length, "different things among all that they said");
    },
  },
  {
    id: "SN-10",
    law: "A snapshot for one clone is restored once",
    requires: all(snapshot, singleClones),
    async run(rig) {
      const original = await furnish(rig);
      const [scope = "files"] = scopesOf(rig);
      const { manifest } = await original.machine.capture(scope, original);
      await unchanged(await restore(original, manifest), original);
      await refused(original, manifest);
    },
  },
  {
    id: "SN-11",
    law: "While it is captured a machine stands still no longer than declared",
    requires: snapshot,
    commands: ["tick", "monotonic"],
    async run(rig) {
      const { pauseMsMax = 0 } = rig.manifest.declares.snapshot ?? {};
      for (const scope of scopesOf(rig)) {
        const original = await furnish(rig);
        const { machine } = original;
        const process = await machine.start(command(rig, "tick")(2));
        await machine.until(process, "3");
        let seen = 0;
        // Chunks are taken slowly: the machine must not wait for whoever stores them.
        const sink = async (chunk: Uint8Array) => {
          original.host.add(chunk);
          await machine.until(process, String(10 + 5 * seen));
          seen += 1;
        };
        await machine.instance.facet("snapshot").capture({ scope, sink }, rig.call());
        ensure(seen > 0, "no chunk was given");
        ensure(Number.isSafeInteger(pauseMsMax), "no amount is declared");
      }
    },
  },
  {
    id: "SN-12",
    law: "Values of environment variables are in a snapshot only where it says so",
    requires: all(snapshot, facet("exec")),
    async run(rig) {
      const secret = "snapshot-secret-7d20c1";
      const original = await furnish(rig, { env: { CASE_SECRET: secret } });
      for (const scope of scopesOf(rig)) {
        const { manifest, chunks } = await original.machine.capture(scope, original);
        const isIn = chunks.some((each) => Buffer.from(each).includes(secret));
        ensure(!isIn || manifest.hasEnv, `a ${scope} snapshot has the secret and does not say so`);
        ensure(!show(manifest).includes(secret), "the manifest has the secret");
      }
    },
  },
  {
    id: "SN-13",
    law: "A capture that its caller or its sink breaks off takes no more chunks, and hurts nothing",
    requires: snapshot,
    async run(rig) {
      for (const scope of scopesOf(rig)) {
        const original = await furnish(rig);
        await breakOff(original, { scope });
        await unchanged(original.machine, original);
        const { manifest } = await original.machine.capture(scope, original);
        await unchanged(await restore(original, manifest), original);
      }
    },
  },
  {
    id: "SN-14",
    law: "A snapshot that an earlier minor of the format made is restored",
    requires: snapshot,
    async run(rig) {
      const original = await furnish(rig);
      const [scope = "files"] = scopesOf(rig);
      const { manifest } = await original.machine.capture(scope, original);
      const { older = [] } = rig.subject.machine ?? {};
      const missing = manifest.format.minor - older.length;
      ensureEqual(missing, 0, "earlier minors of which the subject has no snapshot");
      for (const each of older) {
        for (const chunk of each.chunks) original.host.add(chunk);
        const clone = await restore(original, each.manifest);
        ensureEqual(await clone.read(each.path), each.text, "the file of an older snapshot");
      }
    },
  },
  {
    id: "SN-15",
    law: "Captured twice, a machine that did nothing in between gives the same bytes",
    requires: all(snapshot, determinism),
    async run(rig) {
      for (const scope of scopesOf(rig)) {
        const original = await furnish(rig);
        const first = await original.machine.capture(scope, original);
        const second = await original.machine.capture(scope, original);
        ensureEqual(second.manifest, first.manifest, "the manifest");
      }
    },
  },
  {
    id: "SN-16",
    law: "What is captured while files are replaced has each of them whole",
    requires: all(snapshot, facet("exec")),
    commands: ["rewrite"],
    async run(rig) {
      for (const scope of scopesOf(rig)) {
        const original = await furnish(rig);
        const { machine } = original;
        const path = machine.path("rewritten");
        const texts = ["a".repeat(40_000), "b".repeat(30_000)] as const;
        await machine.write(path, texts[0]);
        const process = await machine.start(command(rig, "rewrite")(path, texts));
        for (let i = 0; i < 5; i++) {
          const { manifest } = await machine.capture(scope, original);
          const clone = await restore(original, manifest);
          const text = await clone.read(path);
          ensure(texts.includes(text as never), `the file has ${text.length} bytes of a mixture`);
          await rig.retire(clone.instance);
        }
        await machine.kill(process);
      }
    },
  },
  {
    id: "SN-17",
    law: "A layer has what was written to the machine's files, and is nothing that a machine is restored from",
    requires: all(snapshot, layerSnapshots),
    run: layers,
  },
];

/** Creation is refused, the need is named, and no chunk was asked for. */
async function refused(original: Furnished, manifest: SnapshotManifest): Promise<void> {
  const { rig } = original.machine;
  const before = await rig.list(original.environment);
  const reads = original.host.reads;
  const spec = { ...rig.spec("echo"), from: manifest };
  await ensureFault(() => original.environment.create(spec, rig.call()), {
    code: "snapshot.incompatible",
    effect: "none",
  });
  ensureEqual(original.host.reads - reads, 0, "artifacts and chunks that were read");
  ensureEqual(await rig.list(original.environment), before, "inventory");
}
