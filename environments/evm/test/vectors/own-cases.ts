/** State tests written by hand; `write-own-vectors.ts` fills in what must come out. */
export interface OwnCase {
  readonly name: string;
  readonly forks: readonly string[];
  /** Accounts besides the sender. */
  readonly pre: Readonly<Record<string, object>>;
  readonly transaction: Readonly<Record<string, unknown>>;
}

export const secretKey: string = `0x${"45".repeat(32)}`;
export const contract: string = `0x${"c0".repeat(20)}`;
export const other: string = `0x${"0b".repeat(20)}`;

const everyFork = [
  "Frontier",
  "Homestead",
  "EIP150",
  "EIP158",
  "Byzantium",
  "Constantinople",
  "ConstantinopleFix",
  "Istanbul",
  "Berlin",
  "London",
  "Paris",
  "Shanghai",
  "Cancun",
  "Prague",
  "Osaka",
];
const since = (fork: string): readonly string[] => everyFork.slice(everyFork.indexOf(fork));
const code = (digits: string, rest: object = {}): object => ({
  nonce: "0x1",
  balance: "0x0",
  code: `0x${digits}`,
  storage: {},
  ...rest,
});
const legacy = {
  nonce: "0x0",
  gasPrice: "0x64",
  value: ["0x0"],
  data: ["0x"],
  gasLimit: ["0x186a0"],
};
const priced = {
  ...legacy,
  gasPrice: undefined,
  maxFeePerGas: "0x64",
  maxPriorityFeePerGas: "0x3",
};

/** Calls `other` twice, the second time by the opcode, and stores what that answers in a slot of its own. */
function asksBehindAnAnswer(opcode: number, slot: number): string {
  const value = opcode < 0xf4 ? "6000" : "";
  const call = (op: number, before: string) =>
    `6020600060006000${before}73${other.slice(2)}5a${op.toString(16)}50`;
  return `${call(0xf1, "6000")}${call(opcode, value)}600051600${slot}55`;
}

const blobHash = `0x01${"00".repeat(31)}`;

export const ownCases: readonly OwnCase[] = [
  {
    name: "a transfer to an account that is there, and one of nothing to nobody",
    forks: everyFork,
    pre: { [other]: { nonce: "0x0", balance: "0x1", code: "0x", storage: {} } },
    transaction: { ...legacy, to: other, value: ["0x7", "0x0"] },
  },
  {
    name: "a transfer of nothing makes an account only before EIP-158",
    forks: everyFork,
    pre: {},
    transaction: { ...legacy, to: other },
  },
  {
    name: "a contract stores what it was sent, and logs it",
    forks: everyFork,
    // sstore(0, calldataload(0)); mstore(0, calldataload(0)); log1(0, 32, 5)
    pre: { [contract]: code("60003560005560003560005260056020 6000a100".replaceAll(" ", "")) },
    transaction: { ...legacy, to: contract, data: [`0x${"11".repeat(32)}`, "0x"] },
  },
  {
    name: "clearing a slot gives gas back up to the cap",
    forks: everyFork,
    pre: { [contract]: code("600060005500", { storage: { "0x00": "0x2a" } }) },
    transaction: { ...legacy, to: contract },
  },
  {
    name: "a revert keeps nothing but the fee",
    forks: since("Byzantium"),
    pre: { [contract]: code("602a60005560006000fd") },
    transaction: { ...legacy, to: contract, value: ["0x5"] },
  },
  {
    name: "what a call answered is not the return data of the frames that its caller begins",
    forks: since("Byzantium"),
    pre: {
      [contract]: code([0xf1, 0xf2, 0xf4, 0xfa].map(asksBehindAnAnswer).join("")),
      // mstore(0, returndatasize() + 1); return(0, 32)
      [other]: code("3d60010160005260206000f3"),
    },
    transaction: { ...legacy, to: contract, gasLimit: ["0x40000"] },
  },
  {
    name: "running out of gas takes it all",
    forks: everyFork,
    pre: { [contract]: code("5b600056") },
    transaction: { ...legacy, to: contract },
  },
  {
    name: "a creation deploys its code, and one that has too little gas fails",
    forks: everyFork,
    // Deploys the single byte 00.
    pre: {},
    transaction: {
      ...legacy,
      to: "",
      data: ["0x600160006000396001 6000f3".replaceAll(" ", "")],
      gasLimit: ["0x186a0", "0xcf20"],
    },
  },
  {
    name: "a contract that destroys itself gives its wei away",
    forks: everyFork,
    pre: { [contract]: code(`73${"0b".repeat(20)}ff`, { balance: "0x9" }) },
    transaction: { ...legacy, to: contract },
  },
  {
    name: "a contract calls another with value",
    forks: everyFork,
    // call(20000, other, 3, 0, 0, 0, 0)
    pre: {
      [contract]: code(
        `6000600060006000600373${"0b".repeat(20)}614e20f1600055 00`.replaceAll(" ", ""),
        { balance: "0x9" },
      ),
    },
    transaction: { ...legacy, to: contract },
  },
  {
    name: "an access list makes a slot warm",
    forks: since("Berlin"),
    pre: {
      [contract]: code("600154600055 00".replaceAll(" ", ""), { storage: { "0x01": "0x07" } }),
    },
    transaction: {
      ...legacy,
      to: contract,
      accessLists: [[{ address: contract, storageKeys: [`0x${"00".repeat(31)}01`] }]],
    },
  },
  {
    name: "the base fee is burnt, and the proposer gets the rest",
    forks: since("London"),
    pre: { [contract]: code("3a60005548600155 00".replaceAll(" ", "")) },
    transaction: { ...priced, to: contract },
  },
  {
    name: "blobs cost blob gas",
    forks: since("Cancun"),
    pre: { [contract]: code("6000496000554a600155 00".replaceAll(" ", "")) },
    transaction: {
      ...priced,
      to: contract,
      maxFeePerBlobGas: "0x2",
      blobVersionedHashes: [blobHash, blobHash],
      accessLists: [[]],
    },
  },
  {
    name: "transient storage lasts for the transaction",
    forks: since("Cancun"),
    pre: { [contract]: code("60075f5d5f5c5f5500") },
    transaction: { ...legacy, to: contract },
  },
  {
    name: "data has a floor",
    forks: since("Prague"),
    pre: {},
    transaction: { ...legacy, to: other, data: [`0x${"ff".repeat(1000)}`] },
  },
  {
    name: "a nonce that is not the sender's is refused",
    forks: everyFork,
    pre: {},
    transaction: { ...legacy, to: other, nonce: "0x7" },
  },
  {
    name: "a sender without the wei is refused",
    forks: everyFork,
    pre: {},
    transaction: { ...legacy, to: other, value: [`0x${"f".repeat(60)}`] },
  },
  {
    name: "too little gas for the transaction itself is refused",
    forks: everyFork,
    pre: {},
    transaction: { ...legacy, to: other, gasLimit: ["0x5207"] },
  },
  {
    name: "a fee below the base fee is refused",
    forks: since("London"),
    pre: {},
    transaction: { ...legacy, to: other, gasPrice: "0x1" },
  },
];
