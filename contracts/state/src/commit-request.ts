import { type CborValue, digestValue } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type {
  DriverCommit,
  StateCapabilities,
  StateCheck,
  StateFence,
  StateLimits,
  StateOp,
} from "./state-driver.ts";
import { encodeKey, type StateKey } from "./state-key.ts";
import { undeclared } from "./undeclared.ts";

/** One atomic step: everything in it happens, or nothing does. */
export interface CommitRequest {
  readonly checks?: readonly StateCheck<StateKey>[] | undefined;
  readonly ops: readonly StateOp<StateKey>[];
  readonly fence?: StateFence | undefined;
  /** Makes a repeat of the same request answer as the first one did, while it is remembered. */
  readonly idempotencyKey?: string | undefined;
}

/** Longest fence name and idempotency key. */
const nameCharactersMax = 256;

/** What a request is held against. */
export interface CommitBounds {
  readonly limits: StateLimits;
  readonly capabilities: StateCapabilities;
}

/** Checks a request against the limits and copies it, so that the caller may reuse its buffers. */
export function encodeCommit(request: CommitRequest, bounds: CommitBounds): DriverCommit {
  const { limits } = bounds;
  const checks = (request.checks ?? []).map((check, index) =>
    encodeCheck(check, { index, ...bounds }),
  );
  const ops = request.ops.map((op, index) => encodeOp(op, { index, ...bounds }));
  refuseTwice(ops);
  refuseTooMuch(checks, ops, limits);
  const { fence, idempotencyKey } = request;
  if (fence !== undefined) checkFence(fence);
  const commit = { checks, ops, ...(fence && { fence: { name: fence.name, epoch: fence.epoch } }) };
  if (idempotencyKey === undefined) return commit;
  checkName(idempotencyKey, "/idempotencyKey");
  return { ...commit, idempotency: { key: idempotencyKey, digest: digestCommit(commit) } };
}

interface ItemPlace extends CommitBounds {
  readonly index: number;
}

function encodeCheck(check: StateCheck<StateKey>, place: ItemPlace): StateCheck<Uint8Array> {
  const path = `/checks/${place.index}`;
  const key = encodeKey(check.key, { path: `${path}/key`, limits: place.limits });
  if (typeof check.is === "string") return { key, is: check.is };
  if (check.is.version === "") throw refuse(`${path}/is/version`, "must not be empty");
  return { key, is: { version: check.is.version } };
}

function encodeOp(op: StateOp<StateKey>, place: ItemPlace): StateOp<Uint8Array> {
  const { index, limits } = place;
  const path = `/ops/${index}`;
  if (!("put" in op)) return { delete: encodeKey(op.delete, { path: `${path}/delete`, limits }) };
  const put = encodeKey(op.put, { path: `${path}/put`, limits });
  if (op.value.byteLength > limits.valueBytesMax) {
    throw refuse(`${path}/value`, "is too long", limits.valueBytesMax);
  }
  const value = Uint8Array.from(op.value);
  if (op.ttlMs === undefined) return { put, value };
  checkTtl(op.ttlMs, place);
  return { put, value, ttlMs: op.ttlMs };
}

function checkTtl(ttlMs: number, { index, capabilities }: ItemPlace): void {
  if (capabilities.ttl === undefined) throw undeclared("ttl", "state.commit");
  const { ttlMsMax } = capabilities.ttl;
  if (Number.isSafeInteger(ttlMs) && ttlMs > 0 && ttlMs <= ttlMsMax) return;
  throw refuse(`/ops/${index}/ttlMs`, "must be a whole number from 1", ttlMsMax);
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
  checkName(name, "/fence/name");
  if (!Number.isSafeInteger(epoch) || epoch < 0) {
    throw refuse("/fence/epoch", "must be a whole number from 0");
  }
}

/** PostgreSQL cannot store U+0000 in a text, so that no driver has to. */
function checkName(name: string, path: string): void {
  const isShort = name !== "" && name.length <= nameCharactersMax;
  if (isShort && name.isWellFormed() && !name.includes("\0")) return;
  throw refuse(path, `must be a text of 1 to ${nameCharactersMax} characters without U+0000`);
}

function digestCommit({ checks, ops, fence }: DriverCommit): string {
  const value: CborValue = {
    checks: checks.map(({ key, is }) => [key, typeof is === "string" ? is : [is.version]]),
    ops: ops.map(digestedOp),
    fence: fence && [fence.name, fence.epoch],
  };
  return digestValue(value);
}

function digestedOp(op: StateOp<Uint8Array>): CborValue {
  if (!("put" in op)) return [op.delete];
  return op.ttlMs === undefined ? [op.put, op.value] : [op.put, op.value, op.ttlMs];
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
