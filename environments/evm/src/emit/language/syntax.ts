import type { ValueType } from "../opcodes.ts";

/** Widths of loads and stores. `long` ones load into an i64. */
export const widths = ["u8", "u16", "i32", "i64", "v128", "u8long", "u16long", "u32long"] as const;
export type Width = (typeof widths)[number];

export type Expression =
  | { readonly kind: "number"; readonly value: bigint }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "unary"; readonly sign: "!" | "-"; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly sign: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "load"; readonly width: Width; readonly address: Expression }
  | { readonly kind: "call"; readonly name: string; readonly operands: readonly Expression[] };

export type Statement =
  | { readonly kind: "let"; readonly names: readonly string[]; readonly value: Expression }
  | { readonly kind: "assign"; readonly names: readonly string[]; readonly value: Expression }
  | {
      readonly kind: "store";
      readonly width: Width;
      readonly address: Expression;
      readonly value: Expression;
    }
  | { readonly kind: "expression"; readonly value: Expression }
  | {
      readonly kind: "if";
      readonly condition: Expression;
      readonly then: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | { readonly kind: "loop"; readonly condition?: Expression; readonly body: readonly Statement[] }
  | { readonly kind: "break" }
  | { readonly kind: "continue" }
  | { readonly kind: "return"; readonly values: readonly Expression[] }
  | {
      readonly kind: "become";
      /** A function, or an index into table 0 of steps. */
      readonly target: string | Expression;
      readonly operands: readonly Expression[];
    };

export interface Parameter {
  readonly name: string;
  readonly type: ValueType;
}

export interface FunctionSyntax {
  readonly name: string;
  readonly isExported: boolean;
  readonly parameters: readonly Parameter[];
  readonly results: readonly ValueType[];
  readonly body: readonly Statement[];
}
