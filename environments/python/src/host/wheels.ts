import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { raise } from "@bedplate/errors";
import {
  decodeFrame,
  decodePrefix,
  encodeFrameHead,
  joinBytes,
  prefixBytes,
} from "../channel/frame.ts";
import type { LoadOrder } from "../channel/messages.ts";

/** A package in the wheel format. */
export interface Wheel {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Most bytes of all wheels of a release together: each guest process holds them. */
export const wheelsBytesMax: number = 64 * 1024 * 1024;

/** Reads the pure Python wheels of a folder, in the order of their names. */
export async function readWheels(folder: string): Promise<readonly Wheel[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".whl")).sort();
  const native = names.find((name) => !name.endsWith("-none-any.whl"));
  if (native !== undefined)
    throw refuse("holds machine code, which this environment cannot load", native);
  const wheels = await Promise.all(
    names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })),
  );
  const total = wheels.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (total > wheelsBytesMax)
    throw refuse(`makes all wheels larger than ${wheelsBytesMax} bytes`, names.at(-1) ?? "");
  return wheels;
}

/** An engine that carries the wheels too. */
export function addWheels(engine: Uint8Array, wheels: readonly Wheel[]): Uint8Array {
  const { header } = decodePrefix(engine);
  const frame = decodeFrame(engine.subarray(prefixBytes), header);
  const order = frame.header as LoadOrder;
  const body = joinBytes([frame.body, ...wheels.map(({ bytes }) => bytes)]);
  const lengths = [...order.lengths, ...wheels.map(({ bytes }) => bytes.length)];
  const packages = wheels.map(({ name }) => name);
  return joinBytes([encodeFrameHead({ ...order, lengths, packages }, body.length), body]);
}

function refuse(rule: string, name: string): Error {
  return raise("argument.invalid", {
    op: "environment.open",
    blame: "operator",
    detail: { path: "/packagesPath", rule },
    message: `Cannot use the wheel ${name}: it ${rule}`,
  });
}
