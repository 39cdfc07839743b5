import { FaultError, raise } from "@bedplate/errors";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { type MachineStep, parseMachineSteps } from "./machine-step.ts";

/** The artifact of a fake machine: its first files, and programs that it can start. Written as JSON. */
export interface FakeImage {
  /** Texts by absolute path. */
  readonly files?: Readonly<Record<string, string>> | undefined;
  /** Programs by name. `do` is always there: its one argument is a list of steps as JSON. */
  readonly programs?: Readonly<Record<string, readonly MachineStep[]>> | undefined;
}

/** Largest image, in bytes. */
export const imageBytesMax: number = 1024 * 1024;

const schema: Schema<FakeImage> = defineSchema(
  Type.Unsafe<FakeImage>(
    Type.Object(
      {
        files: Type.Optional(Type.Record(Type.String(), Type.String())),
        programs: Type.Optional(Type.Record(Type.String(), Type.Array(Type.Unknown()))),
      },
      { additionalProperties: false },
    ),
  ),
);

/** Writes an image as artifact bytes. */
export function encodeImage(image: FakeImage): Uint8Array {
  return new Uint8Array(Buffer.from(JSON.stringify(image)));
}

/** Reads an artifact; throws `argument.invalid` for anything that is no image. */
export function parseImage(bytes: Uint8Array): FakeImage {
  if (bytes.length > imageBytesMax) throw noImage(`is longer than ${imageBytesMax} bytes`);
  const image = schema.parse(parseJson(bytes), { what: "the image", op: "fake.parse" });
  for (const steps of Object.values(image.programs ?? {})) parseMachineSteps(steps);
  return image;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    // The parser quotes the image, so its words stay out of the fault itself.
    throw new FaultError(noImage("is no JSON").fault, { cause });
  }
}

function noImage(rule: string): FaultError {
  return raise("argument.invalid", {
    op: "fake.parse",
    detail: { path: "", rule },
    message: `Cannot read the image: it ${rule}`,
  });
}
