import { ByteWriter } from "../byte-writer.ts";

const i32Const = 0x41;
const i64Const = 0x42;

/** Writes the few instructions that inserted code is made of. */
export class CodeWriter extends ByteWriter {
  op(...bytes: readonly number[]): void {
    for (const byte of bytes) this.byte(byte);
  }

  localGet(index: number): void {
    this.byte(0x20);
    this.u32(index);
  }

  localSet(index: number): void {
    this.byte(0x21);
    this.u32(index);
  }

  localTee(index: number): void {
    this.byte(0x22);
    this.u32(index);
  }

  globalGet(index: number): void {
    this.byte(0x23);
    this.u32(index);
  }

  globalSet(index: number): void {
    this.byte(0x24);
    this.u32(index);
  }

  call(index: number): void {
    this.byte(0x10);
    this.u32(index);
  }

  i32(value: number): void {
    this.byte(i32Const);
    this.s32(value);
  }

  i64(value: number): void {
    this.byte(i64Const);
    this.signed(value);
  }
}

/** One-byte instructions by name. */
export const ops = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  callIndirect: 0x11,
  drop: 0x1a,
  select: 0x1b,
  emptyType: 0x40,
  i32LtS: 0x48,
  i64LtS: 0x53,
  i64LtU: 0x54,
  i64LeS: 0x57,
  i64GeS: 0x59,
  f32Eq: 0x5b,
  f64Eq: 0x61,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Shl: 0x86,
  i64ShrU: 0x88,
  i64ExtendI32U: 0xad,
} as const;

/** Value types by name. */
export const valueBytes = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
