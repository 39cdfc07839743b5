import { isFault } from "@bedplate/errors";
import type { CommitRequest } from "../commit-request.ts";
import type { StateStore } from "../state-store.ts";
import { bytes } from "./state-case.ts";

const writers = 8;

/**
 * What a process does until it is killed: pairs of keys, one pair per commit, several at a time. It
 * reports the name of each pair after its commit was acknowledged.
 */
export async function writeUntilKilled(
  store: StateStore,
  report: (name: string) => void,
): Promise<never> {
  const write = async (writer: number) => {
    for (let i = 0; ; i++) {
      const name = `${writer}-${i}`;
      try {
        await store.commit(namedCommit(name));
        report(name);
      } catch (error) {
        if (!isFault(error, "quota.exceeded")) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  throw new Error("Cannot end: the writers go on until the process is killed");
}

/** The commit of a name: a pair of keys, under an idempotency key. */
export function namedCommit(name: string): CommitRequest {
  const value = bytes(name);
  const ops = ["left", "right"].map((side) => ({ put: `${side}/${name}`, value }));
  return { ops, idempotencyKey: name };
}
