import type { CodeWriter } from "../code-writer.ts";
import type { FunctionType } from "../module-writer.ts";
import type { ValueType } from "../opcodes.ts";

export interface Callee {
  readonly index: number;
  readonly type: FunctionType;
}

export interface Variable {
  readonly index: number;
  readonly type: ValueType;
}

/** What the names inside one function mean, and the code that is being written for it. */
export class FunctionScope {
  readonly code: CodeWriter;
  readonly results: readonly ValueType[];
  /** Index of the type of steps. */
  readonly stepTypeIndex: number;
  readonly #name: string;
  readonly #callees: ReadonlyMap<string, Callee>;
  readonly #blocks: Map<string, Variable>[] = [new Map()];
  #vectorTemporary: number | undefined;
  /** Open control blocks, and how many were open when each loop began. */
  depth = 0;
  readonly loops: number[] = [];

  constructor(options: {
    readonly name: string;
    readonly code: CodeWriter;
    readonly results: readonly ValueType[];
    readonly callees: ReadonlyMap<string, Callee>;
    readonly stepTypeIndex: number;
  }) {
    this.#name = options.name;
    this.code = options.code;
    this.results = options.results;
    this.#callees = options.callees;
    this.stepTypeIndex = options.stepTypeIndex;
  }

  variable(name: string): Variable {
    for (let level = this.#blocks.length - 1; level >= 0; level--) {
      const found = this.#blocks[level]?.get(name);
      if (found !== undefined) return found;
    }
    throw this.error(`${name} is not known`);
  }

  declare(name: string, variable: Variable): void {
    this.#blocks.at(-1)?.set(name, variable);
  }

  callee(name: string): Callee {
    const found = this.#callees.get(name);
    if (found === undefined) throw this.error(`the function ${name} is not known`);
    return found;
  }

  /** Runs `write` with names of its own. */
  nested(write: () => void): void {
    this.#blocks.push(new Map());
    this.depth++;
    write();
    this.depth--;
    this.#blocks.pop();
  }

  /** A local for the operand of a byte swap. */
  vectorTemporary(): number {
    this.#vectorTemporary ??= this.code.local("v128");
    return this.#vectorTemporary;
  }

  error(problem: string): SyntaxError {
    return new SyntaxError(`Cannot compile ${this.#name}: ${problem}`);
  }
}
