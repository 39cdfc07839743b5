import { ByteWriter } from "../../src/byte-writer.ts";
import { binaryOpcode, codeOf, firstAtoms, secondAtoms } from "../../src/opcodes/opcode-table.ts";
import { operandAtoms } from "../../src/opcodes/operand-atom.ts";

const valueTypes: Readonly<Record<string, readonly number[]>> = {
  i32: [0x7f],
  i64: [0x7e],
  f32: [0x7d],
  f64: [0x7c],
  v128: [0x7b],
  funcref: [0x70],
  externref: [0x6f],
  anyref: [0x6e],
  eqref: [0x6d],
  i31ref: [0x6c],
  exnref: [0x69],
};

/** Bytes of a value type; `ref:2` is a reference to type 2. */
export function valueType(name: string): readonly number[] {
  if (name.startsWith("ref:")) return [0x64, Number(name.slice(4))];
  const bytes = valueTypes[name];
  if (bytes === undefined) throw new Error(`No value type ${name}`);
  return bytes;
}

/**
 * Assembles instructions. They stand in lines or between semicolons: `local.get 0; i32.const 2`.
 * Block types are a value type or `type=3`; memory operands are `offset=4 align=1 memory=1`.
 */
export function assemble(text: string): Uint8Array {
  const writer = new ByteWriter();
  for (const line of text.split(/[\n;]/)) {
    const [name, ...operands] = line.trim().split(/\s+/);
    if (name !== undefined && name !== "") instruction(writer, { name, operands });
  }
  return writer.finish();
}

function instruction(
  writer: ByteWriter,
  each: { readonly name: string; readonly operands: string[] },
): void {
  const code = codeOf(each.name);
  const binary = binaryOpcode(code);
  if (binary < 0x100) writer.byte(binary);
  else {
    writer.byte(binary >> 12);
    writer.u32(binary & 0xfff);
  }
  const rest = [...each.operands];
  for (const atom of [firstAtoms[code] as number, secondAtoms[code] as number]) {
    operand(writer, { atom: operandAtoms[atom] as string, rest, name: each.name });
  }
  if (rest.length > 0) throw new Error(`${each.name}: too many operands`);
}

function operand(
  writer: ByteWriter,
  from: { readonly atom: string; readonly rest: string[]; readonly name: string },
): void {
  const { atom, rest } = from;
  const take = () => rest.shift() ?? "0";
  switch (atom) {
    case "none":
      return;
    case "i32":
      writer.s32(Number(take()) | 0);
      return;
    case "i64":
      writeS64(writer, BigInt.asIntN(64, BigInt(take())));
      return;
    case "f32":
      writer.bytes(floatBytes(take(), 4));
      return;
    case "f64":
      writer.bytes(floatBytes(take(), 8));
      return;
    case "v128":
    case "lanes16":
      for (let lane = 0; lane < 16; lane++) writer.byte(Number(take()) & 0xff);
      return;
    case "block":
      blockType(writer, rest.shift());
      return;
    case "memarg":
      memoryOperand(
        writer,
        rest.splice(0).filter((each) => !keep(each, rest)),
      );
      return;
    case "labels": {
      const labels = rest.splice(0);
      writer.u32(labels.length - 1);
      for (const label of labels) writer.u32(Number(label));
      return;
    }
    case "heap-type":
      heapType(writer, take());
      return;
    case "cast":
      writer.byte(Number(take()));
      writer.u32(Number(take()));
      heapType(writer, take());
      heapType(writer, take());
      return;
    case "try-table":
      tryTable(writer, rest);
      return;
    case "zero-byte":
      writer.byte(0);
      return;
    default:
      writer.u32(Number(take()));
  }
}

/** A lane number stands behind the memory operand: it goes back to the rest. */
function keep(each: string, rest: string[]): boolean {
  if (each.includes("=")) return false;
  rest.push(each);
  return true;
}

function memoryOperand(writer: ByteWriter, operands: readonly string[]): void {
  const values = new Map(operands.map((each) => each.split("=") as [string, string]));
  const align = Math.log2(Number(values.get("align") ?? 1));
  const memory = values.get("memory");
  writer.u32(align | (memory === undefined ? 0 : 0x40));
  if (memory !== undefined) writer.u32(Number(memory));
  writer.u64(BigInt(values.get("offset") ?? 0));
}

function blockType(writer: ByteWriter, text: string | undefined): void {
  if (text === undefined) writer.byte(0x40);
  else if (text.startsWith("type=")) writer.s32(Number(text.slice(5)));
  else writer.bytes(valueType(text));
}

/** `try_table i32 catch=0:1 all=2 all_ref=0`: clauses are `kind=tag:label` or `kind=label`. */
function tryTable(writer: ByteWriter, rest: string[]): void {
  const type =
    rest[0]?.includes("=") === true && !rest[0].startsWith("type=") ? undefined : rest.shift();
  blockType(writer, type);
  const clauses = rest.splice(0);
  writer.u32(clauses.length);
  for (const clause of clauses) {
    const [kind = "", where = ""] = clause.split("=");
    writer.byte(["catch", "catch_ref", "all", "all_ref"].indexOf(kind));
    for (const part of where.split(":")) writer.u32(Number(part));
  }
}

const heapTypes: Readonly<Record<string, number>> = {
  func: 0x70,
  extern: 0x6f,
  any: 0x6e,
  eq: 0x6d,
  i31: 0x6c,
  struct: 0x6b,
  array: 0x6a,
  exn: 0x69,
  none: 0x71,
};

function heapType(writer: ByteWriter, text: string): void {
  const byte = heapTypes[text];
  if (byte === undefined) writer.s32(Number(text));
  else writer.byte(byte);
}

function floatBytes(text: string, size: 4 | 8): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  if (text.startsWith("bits:")) {
    const bits = BigInt(text.slice(5));
    if (size === 4) view.setUint32(0, Number(bits), true);
    else view.setBigUint64(0, bits, true);
  } else if (size === 4) view.setFloat32(0, Number(text), true);
  else view.setFloat64(0, Number(text), true);
  return bytes;
}

function writeS64(writer: ByteWriter, value: bigint): void {
  let rest = value;
  while (rest < -0x40n || rest > 0x3fn) {
    writer.byte(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  writer.byte(Number(rest & 0x7fn));
}
