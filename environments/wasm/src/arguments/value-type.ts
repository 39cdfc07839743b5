/** The value types that a caller can pass and read as text. */
export type NumberType = "i32" | "i64" | "f32" | "f64";

/** What a function takes and gives, in the names of the text format; `v128` and references included. */
export interface FunctionSignature {
  readonly params: readonly string[];
  readonly results: readonly string[];
}

/** True for a signature whose values all have a text form, so that it can be called from outside. */
export function isCallable(signature: FunctionSignature): boolean {
  return signature.params.every(isNumberType) && signature.results.every(isNumberType);
}

/** True for a type with a text form. */
export function isNumberType(type: string): type is NumberType {
  return type === "i32" || type === "i64" || type === "f32" || type === "f64";
}

/** The signature as one line, for example `(i32, i64) -> f64`. */
export function signatureText({ params, results }: FunctionSignature): string {
  const given = results.length === 1 ? results[0] : `(${results.join(", ")})`;
  return `(${params.join(", ")}) -> ${given}`;
}
