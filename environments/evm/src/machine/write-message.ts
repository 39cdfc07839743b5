import type { Context, Message } from "../engine.ts";
import { account, accountFlags, frameFlags, machine, slot, slotFlags, zone } from "./layout.ts";
import type { MachineInstance } from "./machine-instance.ts";

/** Gas that the machine counts with; what a message has beyond it comes back untouched. */
export const gasMax: bigint = 2n ** 63n - 2n ** 20n;

const noLogBounds = { bytesMax: Number.MAX_SAFE_INTEGER, countMax: 0x7fff_ffff };

/** Writes a message and its context into the registers; false where there is no room for the input. */
export function writeMessage(
  instance: MachineInstance,
  message: Message,
  context: Context,
): boolean {
  const { memory } = instance;
  if (!memory.provide(zone.memory + message.input.length + 65_536)) return false;
  memory.setBytes(zone.memory, message.input);
  memory.setInt(machine.messageInput, zone.memory);
  memory.setInt(machine.messageInputSize, message.input.length);
  memory.setItemBytes(machine.messageSender, message.sender);
  memory.setItemBytes(machine.messageTo, message.to);
  memory.setItemBytes(machine.messageCode, message.codeAddress ?? message.to);
  memory.setItem(machine.messageValue, message.value);
  memory.setLong(machine.messageGas, message.gas < gasMax ? message.gas : gasMax);
  const isStatic = message.isStatic === true ? frameFlags.isStatic : 0;
  const isCreation = message.kind === "create" ? frameFlags.isCreation : 0;
  memory.setInt(machine.messageFlags, isStatic | isCreation);
  writeTransaction(instance, context);
  writeWarm(instance, context);
  return true;
}

function writeTransaction({ memory, exports }: MachineInstance, context: Context): void {
  const { block, origin, gasPrice, blobHashes } = context;
  memory.setItemBytes(machine.origin, origin);
  memory.setItem(machine.gasPrice, gasPrice);
  memory.setItemBytes(machine.coinbase, block.coinbase);
  memory.setItem(machine.timestamp, block.timestamp);
  memory.setItem(machine.number, block.number);
  memory.setItemBytes(machine.prevRandao, block.prevRandao);
  memory.setItem(machine.gasLimit, block.gasLimit);
  memory.setItem(machine.chainId, block.chainId);
  memory.setItem(machine.baseFee, block.baseFee);
  memory.setItem(machine.blobBaseFee, block.blobBaseFee);
  const { bytesMax, countMax } = context.logBounds ?? noLogBounds;
  memory.setLong(machine.logBytesMax, BigInt(bytesMax));
  memory.setInt(machine.logsMax, countMax);
  if (blobHashes.length === 0) return;
  const at = exports.allocate(blobHashes.length * 32);
  blobHashes.forEach((hash, index) => {
    memory.setItemBytes(at + index * 32, hash);
  });
  memory.setInt(machine.blobHashes, at);
  memory.setInt(machine.blobHashCount, blobHashes.length);
}

function writeWarm({ memory, exports }: MachineInstance, { warm }: Context): void {
  const entryOf = (address: Uint8Array): number => {
    memory.setItemBytes(machine.hostItem, address);
    return exports.entryAt(machine.hostItem);
  };
  for (const address of warm.addresses) {
    const flags = entryOf(address) + account.flags;
    memory.setLong(flags, memory.long(flags) | BigInt(accountFlags.warm));
  }
  for (const { address, slot: key } of warm.slots) {
    const owner = entryOf(address);
    memory.setItemBytes(machine.hostItem, key);
    const flags = exports.slotEntry(owner, machine.hostItem) + slot.flags;
    memory.setLong(flags, memory.long(flags) | BigInt(slotFlags.warm));
  }
}
