import { isFault } from "@bedplate/errors";
import { type EvmLedger, openEvmLedger } from "./evm-ledger.ts";
import { Dice } from "./random-batches.ts";

/** What came of sending changed transactions to a ledger. */
export interface IntakeFuzzReport {
  readonly seed: string;
  readonly sent: number;
  readonly accepted: number;
  readonly refused: number;
  /** Refusals without code or text: there must be none. */
  readonly withoutReason: number;
  /** Stored keys that are no part of an accepted transaction: there must be none. */
  readonly strayRows: number;
  readonly codes: Readonly<Record<string, number>>;
}

/** Keys that an accepted transaction stores: itself, and that it waits. */
const rowsPerTransaction = 2;

/** Changes bytes and numbers of signed transactions of every type, submits them, and counts what is stored. */
export async function fuzzIntake(options: {
  readonly count: number;
  readonly seed: string;
}): Promise<IntakeFuzzReport> {
  const { count, seed } = options;
  const limits = { waitingMax: count + 1 };
  await using evm = await openEvmLedger({ baseFee: "7", fork: "osaka" }, { rig: { limits } });
  const dice = new Dice(seed);
  const seeds = await seedsOf(evm);
  const before = (await evm.rows()).length;
  const codes: Record<string, number> = {};
  let [accepted, refused, withoutReason] = [0, 0, 0];
  for (let n = 0; n < count; n++) {
    const plain = seeds[dice.below(seeds.length)] ?? new Uint8Array();
    const input =
      dice.below(3) === 0 ? await evm.signed(strangeFields(dice)) : mutated(plain, dice);
    try {
      await evm.submit(input);
      accepted++;
    } catch (error) {
      if (!isFault(error, "argument.invalid"))
        throw new Error(`Transaction ${n} of the seed ${seed} broke the intake`, { cause: error });
      refused++;
      const { path, rule } = error.fault.detail as { readonly path: string; readonly rule: string };
      const isSaid = path === "/input" && /^[A-Z0-9_]+$/.test(rule) && error.message.length > 40;
      if (!isSaid) withoutReason++;
      codes[rule] = (codes[rule] ?? 0) + 1;
    }
  }
  const strayRows = (await evm.rows()).length - before - rowsPerTransaction * accepted;
  return { seed, sent: count, accepted, refused, withoutReason, strayRows, codes };
}

function seedsOf(evm: EvmLedger): Promise<readonly Uint8Array[]> {
  const hash = `0x01${"03".repeat(31)}`;
  const slot = `0x${"00".repeat(32)}`;
  const accessList = [{ address: evm.sender, storageKeys: [slot] }];
  const authorization = {
    chainId: "0x9",
    address: evm.sender,
    nonce: "0x0",
    yParity: "0x0",
    r: "0x1",
    s: "0x1",
  };
  const plain = { gasPrice: "0x64", maxFeePerGas: undefined, maxPriorityFeePerGas: undefined };
  const changes: readonly object[] = [
    { ...plain, type: "0x0" },
    { ...plain, type: "0x1", accessList, gas: "0xea60" },
    {},
    { nonce: "0x9" },
    { data: `0x${"5b".repeat(400)}`, to: "", gas: "0x30d40" },
    { type: "0x3", maxFeePerBlobGas: "0x2", blobVersionedHashes: [hash] },
    { type: "0x4", authorizationList: [authorization], gas: "0xea60" },
  ];
  return Promise.all(changes.map((change) => evm.signed(defined(change))));
}

function defined(change: object): object {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

/** Members of a transaction that is signed as it should be, some of which are at or beyond a bound. */
function strangeFields(dice: Dice): object {
  const number = () =>
    dice.of([
      "0x0",
      "0x1",
      "0x6",
      "0x64",
      "0xffffffff",
      "0xde0b6b3a7640000",
      `0x${"f".repeat(64)}`,
    ]);
  const strange: readonly [object, ...object[]] = [
    { nonce: dice.of(["0x0", "0x4", "0x5", "0x6", "0x45", "0x46", "0xffffffffffffffff"]) },
    { gas: dice.of(["0x0", "0x5207", "0x5208", "0x1000000", "0x1000001", "0xffffffffffffffff"]) },
    { value: number() },
    { maxFeePerGas: number() },
    { maxPriorityFeePerGas: number() },
    { chainId: dice.of(["0x1", "0x9", "0xffffffff"]) },
    {
      data: `0x${"5b".repeat(dice.of([1, 1_000, 20_000]))}`,
      to: dice.of(["", `0x${"11".repeat(20)}`]),
    },
    { data: `0x${"00".repeat(49_153)}`, to: "", gas: "0xf42400" },
    { type: "0x3", maxFeePerBlobGas: number(), blobVersionedHashes: hashes(dice) },
    { type: "0x4", authorizationList: [] },
    { type: "0x1", gasPrice: number(), accessList: [] },
  ];
  const picked = Array.from({ length: 1 + dice.below(2) }, () => dice.of(strange));
  return Object.assign({}, ...picked) as object;
}

function hashes(dice: Dice): readonly string[] {
  const version = dice.of(["01", "02"]);
  return Array.from({ length: dice.below(8) }, () => `0x${version}${"03".repeat(31)}`);
}

/** One to four changes of bytes: flipped, set, cut out, doubled, or put in. */
function mutated(bytes: Uint8Array, dice: Dice): Uint8Array {
  let changed = Buffer.from(bytes);
  for (let left = 1 + dice.below(4); left > 0; left--) {
    const at = dice.below(Math.max(1, changed.length));
    const to = Math.min(changed.length, at + 1 + dice.below(6));
    switch (dice.below(6)) {
      case 0:
        changed[at] = (changed[at] ?? 0) ^ (1 << dice.below(8));
        break;
      case 1:
        changed[at] = dice.of([0, 1, 0x7f, 0x80, 0xb7, 0xc0, 0xf7, 0xf8, 0xff]);
        break;
      case 2:
        changed = Buffer.concat([changed.subarray(0, at), changed.subarray(to)]);
        break;
      case 3:
        changed = Buffer.concat([changed.subarray(0, to), changed.subarray(at)]);
        break;
      case 4:
        changed = Buffer.concat([
          changed.subarray(0, at),
          Buffer.from([dice.below(256)]),
          changed.subarray(at),
        ]);
        break;
      default:
        changed = changed.subarray(0, at);
    }
  }
  return changed;
}
