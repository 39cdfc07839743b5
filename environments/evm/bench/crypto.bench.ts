/**
 * Time of each cryptographic operation in each provider, in microseconds of processor time a call. The
 * order in `src/crypto/open-crypto.ts` follows this table. The last column is what the fastest makes of
 * the operation's price, where it has one.
 */
import {
  type Crypto,
  type CryptoOperation,
  cryptoOperations,
  flatCall,
  knownAnswers,
  openFastProviders,
  portableCrypto,
  precompilesOf,
} from "../src/crypto/index.ts";
import { forkOf } from "../src/forks/fork.ts";

/** Time that one figure takes, milliseconds. */
const sliceMs = 200;
const rounds = 3;

interface Row {
  readonly operation: CryptoOperation;
  readonly what: string;
  readonly input: Uint8Array;
  /** Gas of one call, where a precompile has the operation. */
  readonly gas?: bigint | undefined;
}

const set = precompilesOf(forkOf("osaka"));

function gasOf(address: number, input: Uint8Array): bigint | undefined {
  return set.at(address)?.gas(input, set.rules);
}

const addresses: Partial<Record<CryptoOperation, number>> = {
  sha256: 0x02,
  ripemd160: 0x03,
  bn254Add: 0x06,
  bn254Multiply: 0x07,
  bn254PairingCheck: 0x08,
  blake2f: 0x09,
  bls12G1Add: 0x0b,
  bls12G1MultiScalar: 0x0c,
  bls12G2Add: 0x0d,
  bls12G2MultiScalar: 0x0e,
  bls12PairingCheck: 0x0f,
  bls12MapToG1: 0x10,
  bls12MapToG2: 0x11,
};

const fixedGas: Partial<Record<CryptoOperation, bigint>> = {
  recoverKey: 3_000n,
  verifyP256: 6_900n,
  verifyKzgProof: 50_000n,
};

function rowsOf(operation: CryptoOperation): readonly Row[] {
  if (operation === "keccak256") {
    return [20, 32, 64, 136, 1_024].map((length) => ofLength(operation, length));
  }
  if (operation === "sha256" || operation === "ripemd160") {
    return [64, 1_024].map((length) => ofLength(operation, length));
  }
  if (operation === "modexp") return [32, 256, 1_024].map(powerOfLength);
  const input = Buffer.from(knownAnswers[operation].input, "hex");
  if (operation === "blake2f") {
    input.set([0, 0, 0x27, 0x10]);
    return [{ operation, what: "10,000 rounds", input, gas: 10_000n }];
  }
  if (operation === "bls12G1MultiScalar" || operation === "bls12G2MultiScalar") {
    return [1, 64].map((times) => many(operation, Buffer.alloc(input.length * times, input)));
  }
  if (operation === "bn254Multiply") input.fill(0xa5, 64);
  return [many(operation, input)];
}

function many(operation: CryptoOperation, input: Uint8Array): Row {
  const address = addresses[operation];
  const gas = address === undefined ? fixedGas[operation] : gasOf(address, input);
  return { operation, what: `${input.length} bytes`, input, gas };
}

function ofLength(operation: CryptoOperation, length: number): Row {
  return many(operation, new Uint8Array(length).fill(0xa5));
}

/** Base, exponent and modulus of equal length, with every bit of the exponent set. */
function powerOfLength(length: number): Row {
  const input = new Uint8Array(3 * length).fill(0xff).fill(0xa5, 0, length);
  const head = Array.from({ length: 3 }, () => length.toString(16).padStart(64, "0")).join("");
  const gas = gasOf(0x05, Buffer.concat([Buffer.from(head, "hex"), input]));
  return { operation: "modexp", what: `${length} bytes each`, input, gas };
}

function microseconds(crypto: Crypto, { operation, input }: Row): number {
  const call = prepared(crypto, { operation, input });
  call();
  const times = Array.from({ length: rounds }, () => slice(call));
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
}

/** Without what `flatCall` adds, where the operation takes its bytes as they are. */
function prepared(crypto: Crypto, { operation, input }: Pick<Row, "operation" | "input">) {
  if (["recoverKey", "modexp", "verifyKzgProof"].includes(operation)) {
    return () => flatCall(crypto, { operation, input });
  }
  const direct = crypto[operation] as (bytes: Uint8Array) => unknown;
  return () => direct(input);
}

function slice(call: () => unknown): number {
  const before = process.cpuUsage();
  const end = performance.now() + sliceMs;
  let calls = 0;
  while (performance.now() < end) {
    for (let i = 0; i < 8; i++) call();
    calls += 8;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

const providers = [{ name: "noble", operations: portableCrypto }, ...(await openFastProviders())];
const lines = [
  `| operation | input | ${providers.map(({ name }) => name).join(" | ")} | Mgas/s |`,
  `|---|---|${"---|".repeat(providers.length + 1)}`,
];
for (const row of cryptoOperations.flatMap(rowsOf)) {
  const times = providers.map(({ operations }) =>
    operations[row.operation] === undefined ? undefined : microseconds(operations as Crypto, row),
  );
  const best = Math.min(...times.map((each) => each ?? Number.POSITIVE_INFINITY));
  const rate = row.gas === undefined ? "" : (Number(row.gas) / best).toFixed(0);
  const cells = times.map((each) => (each === undefined ? "" : each.toPrecision(3)));
  lines.push(`| ${row.operation} | ${row.what} | ${cells.join(" | ")} | ${rate} |`);
}
process.stdout.write(`${lines.join("\n")}\n`);
