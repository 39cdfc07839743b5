import { type EngineMemory, engine } from "@bedplate/wasm-module";
import type { CodeWriter } from "../../emit/code-writer.ts";
import { ModuleWriter } from "../../emit/module-writer.ts";
import { blake2Start } from "../blake2-schedule.ts";
import type { Checkpoint, CryptoProvider } from "../crypto.ts";
import { blake2Function } from "./blake2-code.ts";
import { keccakFunction, keccakRate, keccakRoundConstants } from "./keccak-code.ts";

/** Where things are in the module's memory. */
const place = { roundConstants: 0, state: 192, blakeWork: 512, blakeMessage: 640, input: 1_024 };

const blakePlaces = { work: place.blakeWork, message: place.blakeMessage };

/** Pages of 64 KiB. */
const pages = 2;

/** Bytes that are taken in by one call. */
const inputBytesMax: number = Math.floor((pages * 65_536 - place.input) / keccakRate) * keccakRate;

/** Rounds of BLAKE2 between two looks at the checkpoint: about ten milliseconds. */
const roundsPerSlice = 500_000;

interface Exports {
  readonly memory: EngineMemory;
  keccak(isFirst: number, blocks: number): void;
  blake2(rounds: number): void;
}

/** Keccak-256 and BLAKE2's compression in WebAssembly that is written here, at start. */
export function openWasmHashes(): CryptoProvider {
  const module = new ModuleWriter();
  module.defineMemory({ initial: pages, maximum: pages });
  module.exportMemory("memory");
  addFunction(module, { name: "keccak", parameters: 2, code: keccakFunction(place) });
  addFunction(module, { name: "blake2", parameters: 1, code: blake2Function(blakePlaces) });
  module.data(place.roundConstants, keccakRoundConstants());
  const instance = new engine.Instance(new engine.Module(module.finish()));
  const exports = instance.exports as unknown as Exports;
  return {
    name: "wasm",
    operations: { keccak256: keccakOf(exports), blake2f: blakeOf(exports) },
  };
}

interface NamedFunction {
  readonly name: string;
  readonly parameters: number;
  readonly code: CodeWriter;
}

function addFunction(module: ModuleWriter, { name, parameters, code }: NamedFunction): void {
  const type = {
    parameters: Array.from({ length: parameters }, () => "i32" as const),
    results: [],
  };
  const index = module.declareFunction(type);
  module.setBody(index, code);
  module.exportFunction(name, index);
}

function keccakOf({ keccak, memory }: Exports): (bytes: Uint8Array) => Uint8Array {
  const view = new Uint8Array(memory.buffer);
  return (bytes) => {
    let rest = bytes;
    let isFirst = 1;
    while (rest.length >= inputBytesMax) {
      view.set(rest.subarray(0, inputBytesMax), place.input);
      keccak(isFirst, inputBytesMax / keccakRate);
      rest = rest.subarray(inputBytesMax);
      isFirst = 0;
    }
    const blocks = Math.floor(rest.length / keccakRate) + 1;
    const end = place.input + blocks * keccakRate;
    view.set(rest, place.input);
    view.fill(0, place.input + rest.length, end);
    // Padding of Keccak as it was before FIPS 202: a one bit after the input, and one at the end.
    view[place.input + rest.length] = 0x01;
    view[end - 1] = (view[end - 1] ?? 0) | 0x80;
    keccak(isFirst, blocks);
    return view.slice(place.state, place.state + 32);
  };
}

function blakeOf({ blake2, memory }: Exports) {
  const work = new BigUint64Array(memory.buffer, place.blakeWork, 16);
  const message = new Uint8Array(memory.buffer, place.blakeMessage, 128);
  return (input: Uint8Array, checkpoint?: Checkpoint): Uint8Array => {
    const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
    const state = wordsOf(input.subarray(4, 68));
    const offsets = wordsOf(input.subarray(196, 212));
    work.set([...state, ...blake2Start]);
    work[12] = (work[12] ?? 0n) ^ (offsets[0] ?? 0n);
    work[13] = (work[13] ?? 0n) ^ (offsets[1] ?? 0n);
    if (input[212] === 1) work[14] = ~(work[14] ?? 0n);
    message.set(input.subarray(68, 196));
    for (let left = view.getUint32(0); left > 0; left -= Math.min(left, roundsPerSlice)) {
      checkpoint?.();
      blake2(Math.min(left, roundsPerSlice));
    }
    const result = state.map((word, at) => word ^ (work[at] ?? 0n) ^ (work[at + 8] ?? 0n));
    return new Uint8Array(result.buffer);
  };
}

/** A copy, on a buffer of its own whatever kind of array the bytes are in. */
function wordsOf(bytes: Uint8Array): BigUint64Array {
  return new BigUint64Array(new Uint8Array(bytes).buffer);
}
