import type { Call } from "../call.ts";
import { type AskOptions, ask, askMany, type StreamOperation, type UnaryOperation } from "./ask.ts";
import type { Channel } from "./channel.ts";
import type { WireOperation, WireOperations } from "./operations.ts";
import type { Lent } from "./serve-host.ts";

/** What the facets of one remote instance share. */
export interface RemoteFacetContext {
  readonly channel: Channel;
  readonly lent: Lent;
  readonly instance: string;
}

type OfInstance<All extends WireOperation> = {
  [O in All]: WireOperations[O]["request"] extends { readonly instance: string } ? O : never;
}[All];

type Rest<O extends WireOperation> = Omit<WireOperations[O]["request"], "instance">;

/** Asks something of the context's instance. */
export function askOf<O extends OfInstance<UnaryOperation>>(
  context: RemoteFacetContext,
  operation: O,
  rest: Rest<O>,
  options: AskOptions,
): Promise<WireOperations[O]["response"]> {
  const message = messageOf<O>(context, rest);
  return ask(context.channel, { operation, message }, options);
}

/** Asks for many answers of the context's instance. */
export function askManyOf<O extends OfInstance<StreamOperation>>(
  context: RemoteFacetContext,
  operation: O,
  rest: Rest<O>,
  options: { readonly call: Call },
): AsyncIterable<WireOperations[O]["response"]> {
  return askMany(context.channel, { operation, message: messageOf<O>(context, rest) }, options);
}

/** The answer says only that it was done. */
export async function silent(answer: Promise<unknown>): Promise<void> {
  await answer;
}

function messageOf<O extends WireOperation>(
  { instance }: RemoteFacetContext,
  rest: Rest<O>,
): WireOperations[O]["request"] {
  return { ...rest, instance } as unknown as WireOperations[O]["request"];
}
