import { type CborValue, digestValue } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type { DriverCommit, StateCheck, StateFence, StateLimits, StateOp } from "./state-driver.ts";
import { encodeKey, type StateKey } from "./state-key.ts";

/** One atomic step: everything in it happens, or nothing does. */
export interface CommitRequest {
  readonly checks?: readonly StateCheck<StateKey>[] | undefined;
  readonly ops: readonly StateOp<StateKey>[];
  readonly fence?: StateFence | undefined;
  /** Makes a repeat of the same request answer as the first one did, while it is remembered. */
  readonly idempotencyKey?: string | undefined;
}

const idempotencyKeyCharactersMax = 256;

/** Checks a request against the limits and copies it, so that the caller may reuse its buffers. */
export function encodeCommit(request: CommitRequest, limits: StateLimits): DriverCommit {
  const checks = (request.checks ?? []).map((check, index) =>
    encodeCheck(check, { index, limits }),
  );
  const ops = request.ops.map((op, index) => encodeOp(op, { index, limits }));
  refuseTwice(ops);
  refuseTooMuch(checks, ops, limits);
  const { fence, idempotencyKey } = request;
  if (fence !== undefined) checkFence(fence);
  const commit = { checks, ops, ...(fence && { fence: { name: fence.name, epoch: fence.epoch } }) };
  if (idempotencyKey === undefined) return commit;
  checkIdempotencyKey(idempotencyKey);
  return { ...commit, idempotency: { key: idempotencyKey, digest: digestCommit(commit) } };
}

interface ItemPlace {
  readonly index: number;
  readonly limits: StateLimits;
}

function encodeCheck(check: StateCheck<StateKey>, place: ItemPlace): StateCheck<Uint8Array> {
  const path = `/checks/${place.index}`;
  const key = encodeKey(check.key, { path: `${path}/key`, limits: place.limits });
  if (typeof check.is === "string") return { key, is: check.is };
  if (check.is.version === "") throw refuse(`${path}/is/version`, "must not be empty");
  return { key, is: { version: check.is.version } };
}

function encodeOp(op: StateOp<StateKey>, { index, limits }: ItemPlace): StateOp<Uint8Array> {
  const path = `/ops/${index}`;
  if (!("put" in op)) return { delete: encodeKey(op.delete, { path: `${path}/delete`, limits }) };
  const put = encodeKey(op.put, { path: `${path}/put`, limits });
  if (op.value.byteLength > limits.valueBytesMax) {
    throw refuse(`${path}/value`, "is too long", limits.valueBytesMax);
  }
  return { put, value: Uint8Array.from(op.value) };
}

function refuseTwice(ops: readonly StateOp<Uint8Array>[]): void {
  const seen = new Set<string>();
  for (const [index, op] of ops.entries()) {
    const key = Buffer.from(keyOf(op)).toString("latin1");
    if (seen.has(key)) throw refuse(`/ops/${index}`, "changes a key that an earlier op changes");
    seen.add(key);
  }
}

function refuseTooMuch(
  checks: readonly StateCheck<Uint8Array>[],
  ops: readonly StateOp<Uint8Array>[],
  limits: StateLimits,
): void {
  const items = checks.length + ops.length;
  if (items > limits.commitItemsMax) throw refuse("/ops", "are too many", limits.commitItemsMax);
  let bytes = 0;
  for (const check of checks) bytes += check.key.byteLength;
  for (const op of ops) {
    bytes += keyOf(op).byteLength + ("put" in op ? op.value.byteLength : 0);
  }
  if (bytes > limits.commitBytesMax) throw refuse("/ops", "are too long", limits.commitBytesMax);
}

function checkFence({ name, epoch }: StateFence): void {
  if (name === "") throw refuse("/fence/name", "must not be empty");
  if (!Number.isSafeInteger(epoch) || epoch < 0) {
    throw refuse("/fence/epoch", "must be a whole number from 0");
  }
}

function checkIdempotencyKey(key: string): void {
  if (key !== "" && key.length <= idempotencyKeyCharactersMax && key.isWellFormed()) return;
  throw refuse("/idempotencyKey", "must be a text of 1 to 256 characters");
}

function digestCommit({ checks, ops, fence }: DriverCommit): string {
  const value: CborValue = {
    checks: checks.map(({ key, is }) => [key, typeof is === "string" ? is : [is.version]]),
    ops: ops.map((op) => ("put" in op ? [op.put, op.value] : [op.delete])),
    fence: fence && [fence.name, fence.epoch],
  };
  return digestValue(value);
}

function keyOf(op: StateOp<Uint8Array>): Uint8Array {
  return "put" in op ? op.put : op.delete;
}

function refuse(path: string, rule: string, limit?: number): Error {
  const what = limit === undefined ? rule : `${rule} (the limit is ${limit})`;
  return raise("argument.invalid", {
    op: "state.commit",
    detail: { path, rule, limit },
    message: `Cannot commit: ${path} ${what}`,
  });
}
