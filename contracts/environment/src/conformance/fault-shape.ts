import { type Fault, faultCodes, faultTextMax, httpStatusOf } from "@bedplate/errors";

const effects = ["none", "partial", "applied", "unknown"];
const retries = ["never", "same", "backoff", "refresh", "elsewhere"];
const blames = ["caller", "guest", "plugin", "provider", "host", "operator"];

/** What is wrong with a fault, or undefined. */
export function faultProblem(fault: Fault): string | undefined {
  const { code, kind, effect, retry, blame, op, message, detail, causes } = fault;
  if (!(code in faultCodes) && !code.startsWith("x.")) return `${code} is not registered`;
  if (!(kind in httpStatusOf)) return `${kind} is no kind`;
  const rule = (faultCodes as Readonly<Record<string, { readonly kind: string }>>)[code];
  if (rule !== undefined && rule.kind !== kind) return `${code} is not of kind ${kind}`;
  if (!effects.includes(effect)) return `${effect} is no effect`;
  if (!retries.includes(retry)) return `${retry} is no way to repeat`;
  if (!blames.includes(blame)) return `${blame} is nobody to blame`;
  if (!/^[a-z]+(\.[a-zA-Z]+)+$/.test(op)) return `${op} is no operation`;
  if (message.length === 0 || message.length > faultTextMax) return "no message, or a novel";
  if (message.endsWith(".")) return "the message ends with a full stop";
  if (typeof detail !== "object" || detail === null) return "no detail";
  for (const each of causes) {
    const problem = faultProblem(each);
    if (problem !== undefined) return `a cause: ${problem}`;
  }
  return undefined;
}
