import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type KeyedCall, newCall } from "@bedplate/environment";
import { expect, it } from "vitest";
import { pauseOf } from "../src/facets/pause.ts";
import type { Machine } from "../src/machine/machine.ts";
import type { MachineRecord } from "../src/machine/machine-record.ts";
import { Turns } from "../src/machine/stand-still.ts";
import { packStanding } from "../src/snapshot/capture-layer.ts";

const call: KeyedCall = newCall({ principal: "test", timeoutMs: 30_000, key: "key" });

/** A machine that is a folder, and tells what its cgroup was asked for. */
class StandingRig implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "bpc-still-"));
  readonly told: string[] = [];
  readonly machine: Machine;
  #isFrozen = false;

  constructor() {
    mkdirSync(join(this.folder, "upper"));
    let record = { id: "one", started: { wardenPid: process.pid } } as MachineRecord;
    const note = (change: Partial<MachineRecord>) => {
      this.told.push("note");
      record = { ...record, ...change };
    };
    const cgroup = {
      freeze: async () => this.#set(true),
      thaw: () => this.#set(false),
      isFrozen: () => this.#isFrozen,
    };
    const machine = {
      turns: new Turns(),
      folder: { mounts: { disk: this.folder } },
      ...{ cgroup, note },
      get record() {
        return record;
      },
    };
    this.machine = machine as unknown as Machine;
  }

  thaw(): void {
    this.#isFrozen = false;
  }

  pack(): Promise<string> {
    const draft = mkdtempSync(join(this.folder, "draft-"));
    return packStanding(this.machine, { draft, signal: call.signal });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }

  #set(isFrozen: boolean): void {
    this.#isFrozen = isFrozen;
    this.told.push(isFrozen ? "freeze" : "thaw");
  }
}

it("lets no capture run while another one has the machine stand still", async () => {
  using rig = new StandingRig();
  await Promise.all([rig.pack(), rig.pack()]);
  expect(rig.told).toEqual(["freeze", "thaw", "freeze", "thaw"]);
});

it("leaves a machine paused that was paused during a capture", async () => {
  using rig = new StandingRig();
  await Promise.all([rig.pack(), pauseOf(rig.machine).pause(call), rig.pack()]);
  expect(rig.told).toEqual(["freeze", "thaw", "freeze", "note", "freeze"]);
});

it("notes that a machine is not paused before it goes on", async () => {
  using rig = new StandingRig();
  const pause = pauseOf(rig.machine);
  await pause.pause(call);
  await pause.resume(call);
  expect(rig.told).toEqual(["freeze", "note", "note", "thaw"]);
});

it("tells of a capture during which the machine went on", async () => {
  using rig = new StandingRig();
  const packing = rig.pack();
  await expect.poll(() => rig.told).toContain("freeze");
  rig.thaw();
  await expect(packing).rejects.toMatchObject({ fault: { code: "resource.busy" } });
});
