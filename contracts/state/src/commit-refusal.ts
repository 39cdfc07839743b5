import { raise } from "@bedplate/errors";
import type { DriverCommit, DriverCommitAnswer, StateCheck } from "./state-driver.ts";

type Refusal = Exclude<DriverCommitAnswer, { readonly kind: "committed" }>;

const op = "state.commit";

/** The fault that says why a commit did not happen. */
export function refusalOf(answer: Refusal, commit: DriverCommit, namespace: string): Error {
  switch (answer.kind) {
    case "check-failed":
      return checkFault(commit.checks[answer.index], { actual: answer.actual, namespace });
    case "fence-stale":
      return raise("fence.stale", {
        op,
        subject: `${namespace}/${commit.fence?.name}`,
        detail: { seen: String(answer.seen), got: String(commit.fence?.epoch) },
        message: `Cannot commit under the fence "${commit.fence?.name}": a later epoch committed`,
      });
    case "key-reused":
      return raise("idempotency.mismatch", {
        op,
        detail: {
          key: commit.idempotency?.key ?? "",
          first: answer.digest,
          now: commit.idempotency?.digest ?? "",
        },
        message: "Cannot commit: another request had this idempotency key",
      });
  }
}

interface Found {
  readonly actual: string | null;
  readonly namespace: string;
}

function checkFault(check: StateCheck<Uint8Array> | undefined, found: Found): Error {
  const key = Buffer.from(check?.key ?? []).toString("utf8");
  const expected = typeof check?.is === "string" ? check.is : (check?.is.version ?? "");
  const actual = found.actual ?? "absent";
  return raise("version.mismatch", {
    op,
    subject: `${found.namespace}/${key}`,
    detail: { expected, actual },
    message: `Cannot commit: the key "${key}" is at ${actual}, not at ${expected}`,
  });
}
