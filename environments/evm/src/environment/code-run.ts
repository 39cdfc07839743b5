import {
  type Call,
  decodeProgramInput,
  type Execution,
  type Invocation,
  noUsage,
} from "@bedplate/environment";
import type { Message, MessageResult } from "../engine.ts";
import { type ForkName, forkOf } from "../forks/fork.ts";
import type { OpenEngine } from "../open-engine.ts";
import { bytesOf } from "../statetest/json-fields.ts";
import { concatenated, hexOfBytes, noBytes } from "../transition/bytes.ts";
import { MemoryWorld } from "../transition/memory-world.ts";
import { creationAddress } from "../transition/transition-crypto.ts";
import type { EvmArtifact } from "./artifact.ts";
import { blockOf } from "./chain.ts";
import { badInput, deadlineOf } from "./invocation-faults.ts";
import { eventOf, logBoundsOf, outputMaxOf } from "./log-events.ts";
import { emptyExecution, endOfStop, halted } from "./run-ends.ts";
import type { SessionWorld } from "./session-world.ts";

/** Where the code of an artifact stands. */
const contract = addressOf(0xc0de);
/** Who calls it. */
const caller = addressOf(0xca11e4);
/** Wei of the caller: more than anything asks for, and far from the end of 256 bits. */
const callerBalance = 1n << 128n;

/** What code finds first: itself, and who calls it. */
export function codeWorld(artifact: EvmArtifact, { keccak256 }: Keccak): MemoryWorld {
  const plain = { nonce: 1n, balance: 0n, storage: [] };
  const code = artifact.kind === "code" ? artifact.code : noBytes;
  const accounts = [
    { ...plain, address: caller, balance: callerBalance, code: noBytes },
    ...(code.length === 0 ? [] : [{ ...plain, address: contract, code }]),
  ];
  return MemoryWorld.of(accounts, (bytes) => keccak256(bytes));
}

type Keccak = Pick<OpenEngine["crypto"], "keccak256">;

interface CodeWork {
  readonly engine: OpenEngine;
  readonly fork: ForkName;
  readonly world: SessionWorld;
  readonly invocation: Invocation;
  readonly call: Call;
}

/** Rules of the chain that code runs on when it runs alone. */
const chain = {
  chainId: 1n,
  gasLimit: (1n << 63n) - 1n,
  baseFee: 0n,
  blobBaseFee: 1n,
  coinbase: new Uint8Array(20),
};

/** Runs code once, without a transaction around it: all the gas is the code's. */
export async function runOfCode(code: Uint8Array, work: CodeWork): Promise<Execution> {
  const { engine, fork, world, invocation, call } = work;
  const gas = invocation.budget.fuel ?? Number.MAX_SAFE_INTEGER;
  const message = messageOf(code, { invocation, engine, gas });
  const result = await world.run((before) =>
    engine.messages.execute(message, {
      fork: forkOf(fork),
      block: blockOf(chain, invocation),
      origin: caller,
      gasPrice: 0n,
      blobHashes: [],
      world: before,
      warm: { addresses: [caller, message.to], slots: [] },
      deadline: deadlineOf(invocation, call),
      logBounds: logBoundsOf(invocation),
    }),
  );
  return executionOf(result, { invocation, gas });
}

function messageOf(
  code: Uint8Array,
  about: { readonly invocation: Invocation; readonly engine: OpenEngine; readonly gas: number },
): Message {
  const { invocation, engine } = about;
  const { entry, input } = invocation;
  const plain = { sender: caller, value: 0n, gas: BigInt(about.gas) };
  if (entry !== "create") {
    const data = entry === "main" ? callDataOf(input) : input;
    return { kind: "call", to: contract, input: data, ...plain };
  }
  // The creation before this one is not counted: each run of the entry makes the same address.
  const to = creationAddress({ sender: caller, nonce: 0n }, (bytes) =>
    engine.crypto.keccak256(bytes),
  );
  return { kind: "create", to, input: concatenated([code, input]), ...plain };
}

/** The arguments of a program, which are bytes in hexadecimal, one after the other. */
function callDataOf(input: Uint8Array): Uint8Array {
  const { args } = decodeProgramInput(input);
  return concatenated(
    args.map((each) => {
      const bytes = bytesOf(each);
      if (bytes === undefined) throw badInput("has an argument that is not bytes in hexadecimal");
      return bytes;
    }),
  );
}

function executionOf(
  result: MessageResult,
  { invocation, gas }: { readonly invocation: Invocation; readonly gas: number },
): Execution {
  if (result.kind === "failure") return emptyExecution(halted, gas);
  if (result.kind === "stopped") {
    const { stopped = "deadline" } = result;
    return emptyExecution(endOfStop(stopped), stopped === "deadline" ? 0 : gas);
  }
  const fuel = gas - Number(result.gasLeft);
  const output = outputOf(result.output, invocation);
  const events = result.logs.map(eventOf);
  const outputBytes = output.length + events.reduce((sum, { data }) => sum + data.length, 0);
  if (outputBytes > outputMaxOf(invocation)) {
    return emptyExecution(endOfStop("outputLimit"), fuel);
  }
  const kind = result.kind === "success" ? "returned" : "reverted";
  const usage = { ...noUsage, fuel, outputBytes };
  return { outcome: { kind, output }, usage, writes: [], events };
}

/** A program says in text what it gives back; everyone else gets the bytes. */
function outputOf(output: Uint8Array, { entry }: Invocation): Uint8Array {
  return entry === "main" ? new TextEncoder().encode(`0x${hexOfBytes(output)}`) : output;
}

function addressOf(number: number): Uint8Array {
  const address = new Uint8Array(20);
  new DataView(address.buffer).setUint32(16, number);
  return address;
}
