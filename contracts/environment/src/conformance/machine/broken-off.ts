import type { SnapshotScope } from "../../facets/snapshot.ts";
import { ensure, ensureEqual, thrownBy } from "../expectations.ts";
import type { Furnished } from "./restoring.ts";

/** Breaks captures off: by the sink, which fails, and by the caller, who leaves. */
export async function breakOff(
  { machine }: Furnished,
  options: { readonly scope: SnapshotScope },
): Promise<void> {
  const { scope } = options;
  const { rig, instance } = machine;
  const full = new Error("the store is full");
  const failing = async () => {
    throw full;
  };
  const snapshot = instance.facet("snapshot");
  const error = await thrownBy(() => snapshot.capture({ scope, sink: failing }, rig.call()));
  ensure(error !== undefined, "a capture whose sink failed succeeded");
  const leaving = new AbortController();
  let given = 0;
  const sink = async () => {
    given += 1;
    leaving.abort(new Error("the caller left"));
  };
  const call = rig.call({ signal: leaving.signal });
  const left = await thrownBy(() => snapshot.capture({ scope, sink }, call));
  ensure(left !== undefined, "a capture whose caller left succeeded");
  const before = given;
  // Whatever lies between keeps the order of messages: a chunk on its way would be here by then.
  for (let i = 0; i < 3; i++) await instance.status(rig.call());
  ensureEqual(given, before, "chunks that were given after the end");
}
