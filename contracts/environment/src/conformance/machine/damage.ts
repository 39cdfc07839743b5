import { digestBytes } from "@bedplate/codec";
import { FaultError } from "@bedplate/errors";
import type { SnapshotManifest } from "../../facets/snapshot.ts";
import type { CaseRig } from "../case-rig.ts";
import { ensure, ensureEqual, thrownBy } from "../expectations.ts";
import type { Captured } from "./machine-rig.ts";
import { type Furnished, furnish, restore, scopesOf, unchanged } from "./restoring.ts";

type Damage = (captured: Captured, at: number) => Uint8Array | undefined;

/** SN-06: flips a byte of each chunk, one after the other. */
export function damagedChunks(rig: CaseRig): Promise<void> {
  return damageEach(rig, [
    ({ chunks }, at) => {
      const damaged = chunks[at]?.slice() ?? new Uint8Array();
      const middle = damaged.length >> 1;
      damaged[middle] = (damaged[middle] ?? 0) ^ 1;
      return damaged;
    },
  ]);
}

/** SN-07: takes each chunk away, and cuts it. */
export function missingChunks(rig: CaseRig): Promise<void> {
  return damageEach(rig, [() => undefined, ({ chunks }, at) => chunks[at]?.slice(0, -1)]);
}

async function damageEach(rig: CaseRig, damages: readonly Damage[]): Promise<void> {
  for (const scope of scopesOf(rig)) {
    const original = await furnish(rig);
    const captured = await original.machine.capture(scope, original);
    const { manifest, chunks } = captured;
    for (const [at, chunk] of chunks.entries()) {
      const digest = digestBytes(chunk);
      for (const damage of damages) {
        original.host.replace(digest, damage(captured, at));
        await noMachine(original, manifest);
        original.host.replace(digest, chunk);
      }
    }
    await unchanged(await restore(original, manifest), original);
  }
}

async function noMachine(original: Furnished, manifest: SnapshotManifest): Promise<void> {
  const { rig } = original.machine;
  const before = await rig.list(original.environment);
  const error = await thrownBy(() => restore(original, manifest));
  ensure(error instanceof FaultError, `a damaged snapshot: ${String(error)}`);
  const { code, effect } = error.fault;
  const isNamed = code === "data.corrupt" || code === "resource.missing";
  ensure(isNamed && effect === "none", `a damaged snapshot is ${code}, effect ${effect}`);
  ensureEqual(await rig.list(original.environment), before, "inventory");
}
