import type { NanShape } from "../opcodes/opcode-row.ts";
import { type CodeWriter, ops } from "./code-writer.ts";

const canonicalF32 = [0x00, 0x00, 0xc0, 0x7f];
const canonicalF64 = [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf8, 0x7f];

/**
 * Replaces a NaN on top of the stack by the canonical one (sign clear, only the top bit of the
 * payload set). A value that equals itself is no NaN.
 */
export function writeCanonicalNan(
  writer: CodeWriter,
  value: { readonly shape: NanShape; readonly local: number },
): void {
  const { local } = value;
  writer.localTee(local);
  switch (value.shape) {
    case "f32":
      writer.op(0x43, ...canonicalF32);
      break;
    case "f64":
      writer.op(0x44, ...canonicalF64);
      break;
    case "f32x4":
      writer.op(0xfd, 0x0c, ...canonicalF32, ...canonicalF32, ...canonicalF32, ...canonicalF32);
      break;
    case "f64x2":
      writer.op(0xfd, 0x0c, ...canonicalF64, ...canonicalF64);
      break;
  }
  writer.localGet(local);
  writer.localGet(local);
  writeChoice(writer, value.shape);
}

function writeChoice(writer: CodeWriter, shape: NanShape): void {
  switch (shape) {
    case "f32":
      writer.op(ops.f32Eq, ops.select);
      return;
    case "f64":
      writer.op(ops.f64Eq, ops.select);
      return;
    case "f32x4":
      writer.op(0xfd, 0x41, 0xfd, 0x52);
      return;
    case "f64x2":
      writer.op(0xfd, 0x47, 0xfd, 0x52);
      return;
  }
}
