import type { Call, Invocation, InvocationCheck } from "@bedplate/environment";
import type { FakeStep } from "./fake-script.ts";

/** Looks at what a script demands before it does anything: its input, and its turn. */
export async function checkScript(
  steps: readonly FakeStep[],
  { invocation, call }: { readonly invocation: Invocation; readonly call: Call },
): Promise<InvocationCheck> {
  const [first] = steps;
  if (first?.do === "demand" && Buffer.from(invocation.input).toString("utf8") !== first.text) {
    return { isFit: false, code: "another-input", reason: "it asks for another input" };
  }
  if (first?.do !== "turn") return { isFit: true };
  const { key, place } = first;
  const next = await numberAt(new Uint8Array(Buffer.from(key)), { invocation, call });
  if (next > place) return { isFit: false, code: "gone-by", reason: "its place has gone by" };
  return { isFit: true, turn: { line: key, place, ahead: place - next } };
}

async function numberAt(
  key: Uint8Array,
  { invocation: { reads }, call }: { readonly invocation: Invocation; readonly call: Call },
): Promise<number> {
  if (reads?.peek(key) === undefined) await reads?.load([key], call);
  return Number(Buffer.from(reads?.peek(key) ?? []).toString("utf8")) || 0;
}
