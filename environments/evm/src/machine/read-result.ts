import type {
  AccountChange,
  Address,
  Log,
  Message,
  MessageResult,
  Reads,
  StorageChange,
  WorldChanges,
} from "../engine.ts";
import { account, accountFlags, failures, machine, slot, slotFlags } from "./layout.ts";
import type { MachineInstance } from "./machine-instance.ts";
import type { MachineMemory } from "./machine-memory.ts";
import { shapeLog, takeLogs } from "./read-logs.ts";
import { gasMax } from "./write-message.ts";

const kinds = ["success", "revert", "failure"] as const;

const noReads: Reads = { addresses: [], slots: [] };
export const emptyChanges: WorldChanges = {
  accounts: [],
  storage: [],
  destroyed: [],
  created: [],
  touched: [],
  reads: noReads,
};

/** Reads what the execution that has ended left in the machine. */
export function readResult({ memory }: MachineInstance, message: Message): MessageResult {
  const kind = kinds[memory.int(machine.status)] as (typeof kinds)[number];
  const spare = message.gas > gasMax ? message.gas - gasMax : 0n;
  const isSuccess = kind === "success";
  const raw = isSuccess ? takeLogs(memory) : [];
  let logs: readonly Log[] | undefined;
  return {
    kind,
    failure: kind === "failure" ? failures[memory.int(machine.failure)] : undefined,
    gasLeft: memory.long(machine.gasLeft) + (kind === "failure" ? 0n : spare),
    gasRefund: isSuccess ? BigInt.asIntN(64, memory.long(machine.refund)) : 0n,
    output: memory.bytes(memory.int(machine.returnData), memory.int(machine.returnDataSize)),
    // A call that nobody wants the logs of does not pay for thousands of objects.
    get logs(): readonly Log[] {
      logs ??= raw.map(shapeLog);
      return logs;
    },
    changes: isSuccess ? readChanges(memory) : failedChanges(memory),
  };
}

/** Of a message that failed the reads are left, and the touch that history keeps. */
function failedChanges(memory: MachineMemory): WorldChanges {
  const ripemd = memory.int(machine.ripemdTouched);
  const touched = ripemd === 0 ? [] : [memory.itemBytes(ripemd + account.address, 20)];
  return { ...emptyChanges, touched, reads: readReads(memory) };
}

function readChanges(memory: MachineMemory): WorldChanges {
  const accounts: AccountChange[] = [];
  const destroyed: Address[] = [];
  const created: Address[] = [];
  const touched: Address[] = [];
  for (let at = memory.int(machine.accounts); at !== 0; at = memory.int(at + account.next)) {
    const flags = memory.int(at + account.flags);
    const isRipemd = at === memory.int(machine.ripemdTouched);
    if (memory.int(at + account.loaded) === 0) continue;
    const address = memory.itemBytes(at + account.address, 20);
    if ((flags & accountFlags.destroyed) !== 0) destroyed.push(address);
    if ((flags & accountFlags.created) !== 0) created.push(address);
    if ((flags & accountFlags.touched) !== 0 || isRipemd) touched.push(address);
    if (isChanged(memory, at)) accounts.push(accountChange(memory, { at, address }));
  }
  const storage = readStorage(memory);
  return { accounts, storage, destroyed, created, touched, reads: readReads(memory) };
}

function isChanged(memory: MachineMemory, at: number): boolean {
  const exists = memory.int(at + account.flags) & accountFlags.exists;
  return (
    exists !== memory.int(at + account.existsBefore) ||
    memory.long(at + account.nonce) !== memory.long(at + account.nonceBefore) ||
    !memory.areEqual(at + account.balance, at + account.balanceBefore) ||
    !memory.areEqual(at + account.codeHash, at + account.codeHashBefore)
  );
}

function accountChange(
  memory: MachineMemory,
  { at, address }: { readonly at: number; readonly address: Address },
): AccountChange {
  const isCodeSet = (memory.int(at + account.flags) & accountFlags.codeSet) !== 0;
  const code = isCodeSet ? memory.codeBytes(memory.int(at + account.code)) : undefined;
  const state = {
    nonce: memory.long(at + account.nonce),
    balance: memory.item(at + account.balance),
    codeHash: memory.bytes(at + account.codeHash, 32),
  };
  return { address, account: state, code };
}

function readStorage(memory: MachineMemory): readonly StorageChange[] {
  const changes: StorageChange[] = [];
  for (let at = memory.int(machine.slots); at !== 0; at = memory.int(at + slot.next)) {
    if (memory.areEqual(at + slot.value, at + slot.original)) continue;
    changes.push({
      address: memory.itemBytes(memory.int(at + slot.account) + account.address, 20),
      slot: memory.itemBytes(at + slot.key, 32),
      original: memory.itemBytes(at + slot.original, 32),
      value: memory.itemBytes(at + slot.value, 32),
    });
  }
  return changes;
}

function readReads(memory: MachineMemory): Reads {
  const addresses: Address[] = [];
  for (let at = memory.int(machine.accounts); at !== 0; at = memory.int(at + account.next)) {
    if (memory.int(at + account.loaded) === 0) continue;
    addresses.push(memory.itemBytes(at + account.address, 20));
  }
  const slots: { address: Address; slot: Uint8Array }[] = [];
  for (let at = memory.int(machine.slots); at !== 0; at = memory.int(at + slot.next)) {
    if ((memory.int(at + slot.flags) & slotFlags.loaded) === 0) continue;
    const address = memory.itemBytes(memory.int(at + slot.account) + account.address, 20);
    slots.push({ address, slot: memory.itemBytes(at + slot.key, 32) });
  }
  return { addresses, slots };
}
