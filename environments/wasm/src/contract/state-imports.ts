import { trapped } from "../run/ending.ts";
import { copyGuestBytes, type Guest, guestBytes } from "../run/guest.ts";
import type { ContractRun } from "./contract-run.ts";
import { fuelOf, hostCosts } from "./host-costs.ts";

/** Longest key of the state, in bytes. */
export const keyBytesMax = 1_024;

/** Longest value of the state, in bytes. */
export const valueBytesMax: number = 4 * 1024 * 1024;

/** What `state_read` answers for a key without a value. */
const absent = -1;

type Current = () => ContractRun;

/** Host functions that read and write the state. */
export function stateImports(guest: Guest, current: Current): Readonly<Record<string, unknown>> {
  return {
    state_read: (keyAt: number, keyLength: number, outAt: number, outRoom: number) => {
      guest.charge(fuelOf(hostCosts.stateRead, keyLength >>> 0));
      const key = readKey(guest, { at: keyAt, length: keyLength });
      const value = lookUp(guest, { run: current(), key });
      if (value === null) return absent;
      const count = Math.min(value.length, outRoom >>> 0);
      guest.charge(Math.ceil(hostCosts.stateRead.perByte * count));
      guestBytes(guest, outAt, count).set(value.subarray(0, count));
      return value.length;
    },
    state_write: (keyAt: number, keyLength: number, valueAt: number, valueLength: number) => {
      guest.charge(fuelOf(hostCosts.stateWrite, (keyLength >>> 0) + (valueLength >>> 0)));
      const key = readKey(guest, { at: keyAt, length: keyLength });
      const range = { at: valueAt, length: valueLength, max: valueBytesMax, what: "a state value" };
      write(guest, { run: current(), key, value: copyGuestBytes(guest, range) });
    },
    state_delete: (keyAt: number, keyLength: number) => {
      guest.charge(fuelOf(hostCosts.stateDelete, keyLength >>> 0));
      const key = readKey(guest, { at: keyAt, length: keyLength });
      write(guest, { run: current(), key, value: null });
    },
  };
}

function readKey(
  guest: Guest,
  range: { readonly at: number; readonly length: number },
): Uint8Array {
  return copyGuestBytes(guest, { ...range, max: keyBytesMax, what: "a state key" });
}

/** The run's own write, else what is committed; a value that is not at hand ends the attempt. */
function lookUp(
  guest: Guest,
  { run, key }: { readonly run: ContractRun; readonly key: Uint8Array },
): Uint8Array | null {
  const own = run.writes.get(key);
  if (own !== undefined) return own;
  const committed = run.journal.read(key, run.callsMade);
  if (committed === undefined) return guest.end({ kind: "load", key });
  if (!run.journal.hasRoom) guest.end(trapped("the run reads too much state"));
  return committed;
}

function write(
  guest: Guest,
  change: {
    readonly run: ContractRun;
    readonly key: Uint8Array;
    readonly value: Uint8Array | null;
  },
): void {
  if (change.run.writes.put(change.key, change.value)) return;
  guest.end(trapped("the run writes too much state"));
}
