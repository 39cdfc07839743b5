import type { Address, Log } from "../engine.ts";
import { account, machine } from "./layout.ts";
import type { MachineMemory } from "./machine-memory.ts";

/** The record of a log in the machine's heap: list, account, counts, topics as items, then the data. */
const record = { account: 4, topics: 8, size: 12, firstTopic: 32, data: 160 } as const;

interface RawLog {
  readonly address: Address;
  readonly topics: number;
  /** The whole record. */
  readonly bytes: Uint8Array;
}

/** Takes the logs of the execution that has ended out of the machine, as bytes; `shapeLog` makes logs of them. */
export function takeLogs(memory: MachineMemory): readonly RawLog[] {
  const logs: RawLog[] = [];
  const addresses = new Map<number, Address>();
  for (let at = memory.int(machine.logs); at !== 0; at = memory.int(at)) {
    const owner = memory.int(at + record.account);
    const address = addresses.get(owner) ?? memory.itemBytes(owner + account.address, 20);
    addresses.set(owner, address);
    const bytes = memory.bytes(at, record.data + memory.int(at + record.size));
    logs.push({ address, topics: memory.int(at + record.topics), bytes });
  }
  return logs.reverse();
}

export function shapeLog({ address, topics, bytes }: RawLog): Log {
  return {
    address,
    topics: Array.from({ length: topics }, (_, index) => {
      const start = record.firstTopic + index * 32;
      return bytes.slice(start, start + 32).reverse();
    }),
    data: bytes.subarray(record.data),
  };
}
