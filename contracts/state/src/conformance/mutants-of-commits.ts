import { type Mutant, overriding } from "@bedplate/conformance";
import type { DriverCommit, StateDriver, StateOp } from "../state-driver.ts";

/** Drivers that commit what they should not, or not what they should. */
export const commitMutants: readonly Mutant<StateDriver>[] = [
  commitMutant("checks are not looked at", ["SS18", "SS23", "SS36"], (commit) => ({
    ...commit,
    checks: [],
  })),
  commitMutant("only the first check counts", ["SS22", "SS25"], (commit) => ({
    ...commit,
    checks: commit.checks.slice(0, 1),
  })),
  commitMutant("any version will do", ["SS19", "SS24", "SS36"], (commit) => ({
    ...commit,
    checks: commit.checks.map(({ key, is }) => ({
      key,
      is: typeof is === "string" ? is : "present",
    })),
  })),
  commitMutant("present always holds", ["SS20", "SS76"], (commit) => ({
    ...commit,
    checks: commit.checks.filter(({ is }) => is !== "present"),
  })),
  commitMutant("only keys that are written are checked", ["SS21"], (commit) => ({
    ...commit,
    checks: commit.checks.filter(({ key }) =>
      commit.ops.some((op) => Buffer.compare(keyOf(op), key) === 0),
    ),
  })),
  commitMutant("the last change of a commit is lost", ["SS39", "SS42", "SS62"], (commit) => ({
    ...commit,
    ops: commit.ops.length > 1 ? commit.ops.slice(0, -1) : commit.ops,
  })),
  commitMutant("values lose their last byte", ["SS02", "SS04"], (commit) => ({
    ...commit,
    ops: commit.ops.map((op) =>
      "put" in op && op.value.length > 255 ? { ...op, value: op.value.slice(0, -1) } : op,
    ),
  })),
  commitMutant("keys lose what is behind 255 bytes", ["SS02", "SS03"], (commit) => ({
    ...commit,
    ops: commit.ops.map((op) => ("put" in op ? { ...op, put: op.put.slice(0, 255) } : op)),
  })),
  commitMutant("names are compared without their case", ["SS63"], (commit) => ({
    ...commit,
    ...(commit.idempotency && {
      idempotency: { ...commit.idempotency, key: commit.idempotency.key.toLowerCase() },
    }),
  })),
  commitMutant("fences are not looked at", ["SS34", "SS75"], ({ fence: _, ...commit }) => commit),
  commitMutant("fences of all names are one", ["SS35"], (commit) =>
    commit.fence ? { ...commit, fence: { ...commit.fence, name: "one" } } : commit,
  ),
  commitMutant(
    "idempotency keys are not remembered",
    ["SS30", "SS31", "SS65"],
    ({ idempotency: _, ...commit }) => commit,
  ),
  commitMutant("requests under one key are not compared", ["SS31"], (commit) =>
    commit.idempotency
      ? { ...commit, idempotency: { ...commit.idempotency, digest: "same" } }
      : commit,
  ),
  commitMutant("a time to live is not looked at", ["SS51", "SS52"], (commit) => ({
    ...commit,
    ops: commit.ops.map(withoutTtl),
  })),
  commitMutant("a time to live is a millisecond too long", ["SS51"], (commit) => ({
    ...commit,
    ops: commit.ops.map((op) =>
      "put" in op && op.ttlMs !== undefined ? { ...op, ttlMs: op.ttlMs + 1 } : op,
    ),
  })),
  {
    name: "a put without a time to live keeps the old one",
    kills: ["SS53"],
    breakDriver: keepTtl,
  },
  {
    name: "deleting what is absent takes a revision",
    kills: ["SS16"],
    breakDriver: (driver) =>
      overriding(driver, {
        async commit(namespace, commit) {
          const ops = commit.ops.flatMap((op) => ("put" in op ? [] : [op]));
          const puts = ops.map((op) => ({ put: op.delete, value: new Uint8Array() }));
          if (ops.length > 0 && ops.length === commit.ops.length) {
            await driver.commit(namespace, { checks: [], ops: puts });
          }
          return driver.commit(namespace, commit);
        },
      }),
  },
  {
    name: "versions count the writes of a key and begin again",
    kills: ["SS17", "SS72"],
    breakDriver: (driver) =>
      overriding(driver, {
        async commit(namespace, commit) {
          const answer = await driver.commit(namespace, commit);
          if (answer.kind !== "committed") return answer;
          return { ...answer, versions: answer.versions.map((each) => each && "v1") };
        },
      }),
  },
  {
    name: "a refused commit uses up its idempotency key",
    kills: ["SS76"],
    breakDriver: (driver) =>
      overriding(driver, {
        async commit(namespace, commit) {
          const answer = await driver.commit(namespace, commit);
          if (answer.kind === "check-failed" && commit.idempotency) {
            const { idempotency } = commit;
            await driver.commit(namespace, { checks: [], ops: [], idempotency });
          }
          return answer;
        },
      }),
  },
  {
    name: "idempotency keys are remembered for ever",
    kills: ["SS33"],
    breakDriver: neverForget,
  },
  {
    name: "a commit that was refused is told to be unknown",
    kills: ["SS64", "SS18"],
    breakDriver: (driver) =>
      overriding(driver, {
        async commit(namespace, commit) {
          const answer = await driver.commit(namespace, commit);
          if (answer.kind !== "check-failed") return answer;
          return { kind: "committed", revision: 1, versions: [], replayed: false };
        },
      }),
  },
];

function commitMutant(
  name: string,
  kills: readonly string[],
  change: (commit: DriverCommit) => DriverCommit,
): Mutant<StateDriver> {
  return {
    name,
    kills,
    breakDriver: (driver) =>
      overriding(driver, {
        commit: (namespace, commit) => driver.commit(namespace, change(commit)),
      }),
  };
}

function neverForget(driver: StateDriver): StateDriver {
  const digests = new Map<string, string>();
  return overriding(driver, {
    async commit(namespace, commit) {
      const { idempotency } = commit;
      const place = `${namespace} ${idempotency?.key}`;
      const known = digests.get(place);
      if (idempotency && known !== undefined && known !== idempotency.digest) {
        return { kind: "key-reused", digest: known };
      }
      const answer = await driver.commit(namespace, commit);
      if (idempotency && answer.kind === "committed") digests.set(place, idempotency.digest);
      return answer;
    },
  });
}

function keyOf(op: StateOp<Uint8Array>): Uint8Array {
  return "put" in op ? op.put : op.delete;
}

function withoutTtl(op: StateOp<Uint8Array>): StateOp<Uint8Array> {
  return "put" in op ? { put: op.put, value: op.value } : op;
}

function keepTtl(driver: StateDriver): StateDriver {
  const known = new Map<string, number>();
  return overriding(driver, {
    commit(namespace, commit) {
      const ops = commit.ops.map((op) => {
        if (!("put" in op)) return op;
        const key = Buffer.from(op.put).toString("latin1");
        if (op.ttlMs !== undefined) known.set(key, op.ttlMs);
        return { ...op, ttlMs: op.ttlMs ?? known.get(key) };
      });
      return driver.commit(namespace, { ...commit, ops });
    },
  });
}
