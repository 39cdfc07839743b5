import { type Blame, FaultError, raise } from "@bedplate/errors";
import type { Schema } from "@bedplate/schema";
import type { Call } from "../call.ts";
import type { ChannelServer, ServeContext } from "./channel.ts";
import { demandKnown } from "./critical-members.ts";
import { operationName } from "./operation-name.ts";
import type { OperationEntry, Streamed, WireOperation, WireOperations } from "./operations.ts";

/** Answers one operation. */
export type Handler<O extends WireOperation> = (
  message: WireOperations[O]["request"],
  context: ServeContext,
) => WireOperations[O] extends Streamed<infer _Q, infer Item>
  ? AsyncIterable<Item>
  : Promise<WireOperations[O]["response"]>;

/** Answers some of the operations; one that is left out does not exist on this side. */
export type Handlers<O extends WireOperation> = { readonly [K in O]?: Handler<K> | undefined };

type AnyHandler = (message: unknown, context: ServeContext) => unknown;

export interface AnswerOptions<O extends WireOperation> {
  readonly table: { readonly [K in O]: OperationEntry<WireOperations[K]> };
  readonly handlers: Handlers<O>;
  /** What to throw for an operation that is left out. */
  readonly onMissing: (operation: string) => Error;
  /** Whose bug it is when a handler throws what is no fault. */
  readonly blame: Blame;
}

/** Makes a server from handlers: each request is checked once, here. */
export function answerWith<O extends WireOperation>(options: AnswerOptions<O>): ChannelServer {
  const find = (operation: string, message: unknown, call: Call) => {
    const { table, handlers, onMissing } = options;
    const handler = Object.hasOwn(handlers, operation)
      ? (handlers[operation as O] as AnyHandler | undefined)
      : undefined;
    if (handler === undefined) throw onMissing(operation);
    const entry = table[operation as O];
    const checked = readRequest(operation, entry.request as Schema<unknown>, message);
    demandKnown(operation as O, { schema: entry.request.jsonSchema, critical: call.critical });
    if (entry.isKeyed === true && call.key === undefined) throw keyless(operation);
    return { entry, handler, checked };
  };
  return {
    async request(operation, message, context) {
      try {
        const { entry, handler, checked } = find(operation, message, context.call);
        if (entry.kind === "stream") throw wrongKind(operation, "many answers");
        return await (handler(checked, context) as Promise<unknown>);
      } catch (error) {
        throw asFault(error, operation, options.blame);
      }
    },
    async *stream(operation, message, context) {
      try {
        const { entry, handler, checked } = find(operation, message, context.call);
        if (entry.kind === "unary") throw wrongKind(operation, "one answer");
        yield* handler(checked, context) as AsyncIterable<unknown>;
      } catch (error) {
        throw asFault(error, operation, options.blame);
      }
    },
  };
}

/** The text and the stack of what is no fault stay on this side: nobody checked them for secrets. */
function asFault(error: unknown, operation: string, blame: Blame): FaultError {
  if (error instanceof FaultError) return error;
  const op = operationName(operation);
  const thrown = error instanceof Error ? error.name : typeof error;
  return raise("internal.bug", {
    op,
    blame,
    detail: { where: op },
    message: `Cannot finish ${op}: the ${blame === "host" ? "host" : "environment"} threw ${thrown}`,
  });
}

function readRequest(operation: string, schema: Schema<unknown>, message: unknown): unknown {
  if (schema.accepts(message)) return message;
  return schema.parse(message, { what: `the request ${operation}`, op: operationName(operation) });
}

function keyless(operation: string): Error {
  return raise("argument.invalid", {
    op: operationName(operation),
    detail: { path: "/call/key", rule: "is missing" },
    message: `Cannot do ${operation}: it needs an idempotency key`,
  });
}

function wrongKind(operation: string, gives: string): Error {
  return raise("argument.invalid", {
    op: operationName(operation),
    detail: { path: "", rule: `gives ${gives}` },
    message: `Cannot do ${operation}: it gives ${gives}`,
  });
}
