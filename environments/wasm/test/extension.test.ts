import { generateKeyPairSync, hash, sign } from "node:crypto";
import type { HostOperation } from "@bedplate/environment";
import {
  type GuestBytes,
  type HostFunction,
  mlDsa65Verify,
  operationFunction,
  sha256,
  wasmPlugin,
} from "@bedplate/environment-wasm";
import { expect, test } from "vitest";
import { signed } from "./programs/assembled.ts";
import { openRig } from "./rig.ts";

const hostFunctions = [sha256, mlDsa65Verify];

test("a guest hashes through a host function, priced by length", async () => {
  const rig = await openRig({ hostFunctions });
  const input = new TextEncoder().encode("a".repeat(1_000));
  const { outcome, usage } = await rig.run(signed, { entry: "hash", input });
  const expected = new Uint8Array(hash("sha256", input, "buffer"));
  expect(outcome).toEqual({ kind: "returned", output: expected });
  const shorter = await rig.run(signed, { entry: "hash", input: input.subarray(0, 500) });
  expect(usage.fuel - shorter.usage.fuel).toBe(4 * 500 + Math.ceil(1_000 / 4) - 500 / 4);
});

test("a guest checks a post-quantum signature", async () => {
  const rig = await openRig({ hostFunctions });
  const { publicKey, privateKey } = generateKeyPairSync("ml-dsa-65");
  const message = Buffer.from("move 5 from a to b");
  const key = publicKey.export({ type: "spki", format: "der" }).subarray(-1_952);
  const signature = sign(null, message, privateKey);
  const check = async (...parts: readonly Uint8Array[]) => {
    const { outcome } = await rig.run(signed, { entry: "check", input: Buffer.concat(parts) });
    return outcome;
  };
  const yes = { kind: "returned", output: new Uint8Array([1]) };
  const no = { kind: "returned", output: new Uint8Array([0]) };
  expect(await check(key, signature, message)).toEqual(yes);
  expect(await check(key, signature, Buffer.from("move 9 from a to b"))).toEqual(no);
  expect(await check(Buffer.alloc(1_952), signature, message)).toEqual(no);
});

test("pointers outside the memory trap", async () => {
  const rig = await openRig({ hostFunctions });
  const { outcome } = await rig.run(signed, { entry: "reach" });
  expect(outcome).toEqual({ kind: "trapped", reason: "out of bounds memory access" });
});

test("a host function is there only where it was granted", async () => {
  const opening = openRig({ hostFunctions, grants: ["blob:read", "cache"] });
  await expect(opening).rejects.toMatchObject({ code: "permission.denied" });
});

test("a host function that throws is a fault, and no outcome", async () => {
  const broken: HostFunction = {
    ...sha256,
    run: () => {
      throw new Error("the accelerator is gone");
    },
  };
  const rig = await openRig({ hostFunctions: [broken, mlDsa65Verify] });
  await expect(rig.run(signed, { entry: "hash" })).rejects.toMatchObject({ code: "internal.bug" });
});

test("another set of functions or versions is another build and profile", () => {
  const builds = [[], [sha256], [{ ...sha256, version: 2 }], hostFunctions].map(
    (functions) => wasmPlugin({ hostFunctions: functions }).manifest.plugin.build,
  );
  expect(new Set(builds).size).toBe(4);
  expect(() => wasmPlugin({ hostFunctions: [sha256, sha256] })).toThrow("sha256@1 is there twice");
  expect(() => wasmPlugin({ hostFunctions: [{ ...sha256, name: "No" }] })).toThrow("No@1");
});

test("a host operation of bytes is an import, priced as it was registered", async () => {
  const seen: number[] = [];
  const operation: HostOperation = {
    name: "sum",
    version: 1,
    run(input) {
      seen.push(input.length);
      if (input.length === 0) return undefined;
      return Uint8Array.of(input.reduce((sum, each) => (sum + each) & 0xff, 0));
    },
  };
  const offered = operationFunction(operation, { base: 700, perByte: 0.5 });
  expect(hostFunctionsOf(offered)).toEqual(["host-function:sum"]);
  expect(offered.price([0, 3, 0, 0])).toBe(702);
  const memory = new Uint8Array(64).fill(2);
  const guest: GuestBytes = {
    read: (at, length) => memory.slice(at, at + length),
    write: (at, data) => memory.set(data, at),
  };
  expect(offered.run([0, 4, 32, 8], guest)).toBe(1);
  expect(memory[32]).toBe(8);
  expect(offered.run([0, 4, 40, 0], guest)).toBe(1);
  expect(memory[40]).toBe(2);
  expect(offered.run([0, 0, 0, 0], guest)).toBe(-1);
  expect(seen).toEqual([4, 4, 0]);
  expect(() => operationFunction(operation, { base: 0, perByte: 0 })).toThrow("has no price");
});

function hostFunctionsOf(offered: HostFunction): readonly string[] {
  const { wants } = wasmPlugin({ hostFunctions: [offered] }).manifest;
  return wants.filter((each) => each.startsWith("host-function:"));
}
