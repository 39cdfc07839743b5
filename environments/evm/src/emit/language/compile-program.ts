import { CodeWriter } from "../code-writer.ts";
import { type FunctionType, ModuleWriter } from "../module-writer.ts";
import { emitStatements } from "./emit-statement.ts";
import { type Callee, FunctionScope } from "./function-scope.ts";
import { parseProgram } from "./parse-program.ts";
import type { FunctionSyntax } from "./syntax.ts";

export interface Program {
  readonly sources: readonly string[];
  /** What names of the program mean, as numbers. */
  readonly constants: ReadonlyMap<string, bigint>;
  /** Functions of the host, imported from the module "host". */
  readonly imports: ReadonlyMap<string, FunctionType>;
  /** The type of steps: what `become [index](...)` calls. */
  readonly stepType: FunctionType;
}

export interface CompiledProgram {
  readonly module: ModuleWriter;
  /** Function indices by name. */
  readonly callees: ReadonlyMap<string, Callee>;
}

/**
 * Compiles a program of the machine language into a module; the caller adds memory, table and data.
 *
 * The language is WebAssembly with infix operators: it has functions, locals, and the types `i32`, `i64`
 * and `v128`; nothing is converted by itself.
 *
 * - `fn name(a: i32, b: i64) -> i32, i64 { ... }`, exported with `export`. `step name { ... }` is a function
 *   with the parameters of a step: gas, sp, memory, memorySize, pc.
 * - `let x = value;`, `let a, b = call();`, `x = value;`, `x += value;`. A number takes the type of what
 *   it stands beside, or `i32`.
 * - `i64[address + 8]` loads, `i64[address + 8] = value;` stores; numbers that are added become the
 *   offset. Widths: `u8`, `u16`, `i32`, `i64`, `v128`, and into an i64 `u8long`, `u16long`, `u32long`.
 * - `if`, `else`, `while`, `loop`, `break`, `continue`, `return`. `become f(...)` is a tail call, and
 *   `become [index](...)` one of the step at that index of the table.
 * - Operators of C with C's precedence. They are unsigned; `<s`, `>=s`, `/s`, `>>s` and their kin are
 *   signed. `&&` and `||` evaluate what they need.
 * - `long` and `longSigned` widen an i32, `short` wraps an i64. `clz`, `ctz`, `popcnt`, `rotl`, `rotr`,
 *   `select(condition, a, b)`, `copy(to, from, size)`, `fill(at, byte, size)`, `memorySize()`,
 *   `memoryGrow(pages)`; of vectors `vand`, `vor`, `vxor`, `vzero()`, `vany`, `vlane0`, `vlane1`, and
 *   `swap`, which reverses the 16 bytes. `low, high = multiplyWide(a, b)` needs wide arithmetic.
 */
export function compileProgram(program: Program): CompiledProgram {
  const module = new ModuleWriter();
  const callees = new Map<string, Callee>();
  for (const [name, type] of program.imports) {
    const index = module.importFunction({ module: "host", field: name }, type);
    callees.set(name, { index, type });
  }
  const functions = program.sources.flatMap((each) => parseProgram(each, program.constants));
  for (const each of functions) declare(each, module, callees);
  const stepTypeIndex = module.typeOf(program.stepType);
  for (const each of functions) {
    const callee = callees.get(each.name) as Callee;
    module.setBody(callee.index, emitBody(each, callees, stepTypeIndex));
  }
  return { module, callees };
}

function declare(
  { name, parameters, results, isExported }: FunctionSyntax,
  module: ModuleWriter,
  callees: Map<string, Callee>,
): void {
  if (callees.has(name)) throw new SyntaxError(`Cannot compile ${name}: it is there twice`);
  const type = { parameters: parameters.map((each) => each.type), results };
  const index = module.declareFunction(type);
  callees.set(name, { index, type });
  if (isExported) module.exportFunction(name, index);
}

function emitBody(
  { name, parameters, results, body }: FunctionSyntax,
  callees: ReadonlyMap<string, Callee>,
  stepTypeIndex: number,
): CodeWriter {
  const code = new CodeWriter(parameters.length);
  const scope = new FunctionScope({ name, code, results, callees, stepTypeIndex });
  parameters.forEach(({ name: parameter, type }, index) => {
    scope.declare(parameter, { index, type });
  });
  emitStatements(body, scope);
  // A body ends by `return` or `become`; where it gives something, its end is not reached.
  if (results.length > 0) code.op(0x00);
  return code;
}
