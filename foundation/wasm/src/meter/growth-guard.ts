import type { WasmModule } from "../module.ts";
import { CodeWriter, ops, valueBytes } from "./code-writer.ts";
import type { SupportFunction } from "./support-functions.ts";

/** Where the guard finds the limit and leaves its marks. */
export interface GuardGlobals {
  /** Global: pages that all memories together may have. */
  readonly pages: number;
  /** Global: how often a growth was denied. */
  readonly denials: number;
}

const memorySize = 0x3f;
const i64GtU = 0x56;
const elseOp = 0x05;
const returnOp = 0x0f;
const { i32, i64 } = valueBytes;

/**
 * Stands before each `memory.grow` of one memory: takes the pages asked for and gives them back, or
 * -1 where they would pass the limit, which the engine then refuses as the specification says.
 */
export function growthGuard(
  module: WasmModule,
  guarded: { readonly memory: number; readonly globals: GuardGlobals },
): SupportFunction {
  const { memory, globals } = guarded;
  const isLong = isLongMemory(module, memory);
  const asked = 0;
  const code = new CodeWriter(64);
  code.u32(0);
  // Without the first test the sum of the second could wrap.
  pushPages(code, { local: asked, isLong });
  code.globalGet(globals.pages);
  code.op(i64GtU, ops.if, i32);
  code.i32(1);
  code.byte(elseOp);
  pushPages(code, { local: asked, isLong });
  pushSizes(code, module);
  code.byte(ops.i64Add);
  code.globalGet(globals.pages);
  code.op(i64GtU, ops.end, ops.if, ops.emptyType);
  code.globalGet(globals.denials);
  code.i32(1);
  code.byte(ops.i32Add);
  code.globalSet(globals.denials);
  if (isLong) code.i64(-1);
  else code.i32(-1);
  code.op(returnOp, ops.end);
  code.localGet(asked);
  code.byte(ops.end);
  const type = isLong ? i64 : i32;
  return { parameters: [type], results: [type], body: code.finish() };
}

function pushPages(
  code: CodeWriter,
  { local, isLong }: { readonly local: number; readonly isLong: boolean },
): void {
  code.localGet(local);
  if (!isLong) code.byte(ops.i64ExtendI32U);
}

/** The sizes of all memories, summed. */
function pushSizes(code: CodeWriter, module: WasmModule): void {
  module.memories.forEach((_, memory) => {
    code.byte(memorySize);
    code.u32(memory);
    if (!isLongMemory(module, memory)) code.byte(ops.i64ExtendI32U);
    if (memory > 0) code.byte(ops.i64Add);
  });
}

function isLongMemory(module: WasmModule, memory: number): boolean {
  return module.memories[memory]?.limits.addressType === "i64";
}
