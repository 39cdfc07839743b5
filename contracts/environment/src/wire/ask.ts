import { isFault, raise } from "@bedplate/errors";
import type { Schema } from "@bedplate/schema";
import type { Call } from "../call.ts";
import type { Channel } from "./channel.ts";
import { operationName } from "./operation-name.ts";
import { hostOperations, operationEntry } from "./operation-table.ts";
import type { Streamed, Unary, WireOperation, WireOperations } from "./operations.ts";

/** The operations with one answer. */
export type UnaryOperation = {
  [O in WireOperation]: WireOperations[O] extends Unary<infer _Q, infer _R> ? O : never;
}[WireOperation];

/** The operations with many answers. */
export type StreamOperation = {
  [O in WireOperation]: WireOperations[O] extends Streamed<infer _Q, infer _R> ? O : never;
}[WireOperation];

export interface AskOptions {
  readonly call: Call;
  /** Receives each notice, checked against the operation's schema. */
  readonly onNotice?: ((notice: unknown) => void) | undefined;
}

/** Asks for one answer, and checks it against its schema. */
export async function ask<O extends UnaryOperation>(
  channel: Channel,
  asked: { readonly operation: O; readonly message: WireOperations[O]["request"] },
  options: AskOptions,
): Promise<WireOperations[O]["response"]> {
  const { operation, message } = asked;
  const { response, notice } = operationEntry(operation);
  const onNotice =
    options.onNotice && notice && checkedNotices(operation, notice, options.onNotice);
  const answer = await channel.request(operation, message, { call: options.call, onNotice });
  return readAnswer(operation, response as Schema<WireOperations[O]["response"]>, answer);
}

/** Asks for many answers, and checks each. */
export async function* askMany<O extends StreamOperation>(
  channel: Channel,
  asked: { readonly operation: O; readonly message: WireOperations[O]["request"] },
  options: { readonly call: Call },
): AsyncGenerator<WireOperations[O]["response"]> {
  const { operation, message } = asked;
  const { response } = operationEntry(operation);
  for await (const item of channel.stream(operation, message, options)) {
    yield readAnswer(operation, response as Schema<WireOperations[O]["response"]>, item);
  }
}

function checkedNotices(
  operation: WireOperation,
  schema: Schema<unknown>,
  onNotice: (notice: unknown) => void,
): (notice: unknown) => void {
  return (notice) => onNotice(readAnswer(operation, schema, notice));
}

/** The common case is a check without a copy; only what does not fit is parsed, for the words. */
function readAnswer<T>(operation: WireOperation, schema: Schema<T>, value: unknown): T {
  if (schema.accepts(value)) return value;
  try {
    return schema.parse(value, { what: `the answer to ${operation}` });
  } catch (cause) {
    throw raise("internal.bug", {
      op: operationName(operation),
      blame: operation in hostOperations ? "host" : "plugin",
      detail: {
        where: `${operation}${isFault(cause, "argument.invalid") ? cause.fault.detail.path : ""}`,
      },
      message: `Cannot read the answer to ${operation}: it does not fit the contract`,
      cause,
    });
  }
}
