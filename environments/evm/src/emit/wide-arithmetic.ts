import { engine } from "@bedplate/wasm-module";
import { CodeWriter } from "./code-writer.ts";
import { ModuleWriter } from "./module-writer.ts";
import { bulkOp } from "./opcodes.ts";

/** Whether this engine multiplies 64 by 64 bits to 128 in one instruction (the wide arithmetic proposal). */
export const hasWideArithmetic: boolean = engine.validate(probe());

/** A function that multiplies two constants so. */
function probe(): Uint8Array {
  const module = new ModuleWriter();
  const code = new CodeWriter(0);
  code.i64Const(1);
  code.i64Const(1);
  code.bulk(bulkOp.i64_mul_wide_u);
  module.setBody(module.declareFunction({ parameters: [], results: ["i64", "i64"] }), code);
  return module.finish();
}
