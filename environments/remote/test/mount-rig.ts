import { digestValue } from "@bedplate/codec";
import {
  createHostPort,
  type Environment,
  emptyState,
  type HostPort,
  type Instance,
  type Invocation,
  type KeyedCall,
  newCall,
} from "@bedplate/environment";
import { createLog, type Log } from "@bedplate/telemetry";

/** The toy plug-in's module, for mounts. */
export const toyModule: string = new URL("./toy-plugin.ts", import.meta.url).href;

let keys = 0;

/** A call with a key of its own. */
export function aCall(): KeyedCall {
  return newCall({ principal: "test", timeoutMs: 20_000, key: `key-${++keys}` });
}

/** A host that grants nothing. */
export function bareHost(): HostPort {
  return createHostPort({ owner: "host", grants: [], ports: {} });
}

/** A started instance. */
export async function startOne(
  environment: Environment,
  config: Readonly<Record<string, unknown>> = {},
): Promise<Instance> {
  const spec = { artifact: digestValue("a"), config, caps: {}, labels: {} };
  const instance = await environment.create(spec, aCall());
  await instance.start(aCall());
  return instance;
}

/** Runs one entry and answers its outcome, an output as text. */
export async function outcomeOf(
  instance: Instance,
  entry: string,
  change: Partial<Invocation> = {},
): Promise<string> {
  const base = { entry, input: new Uint8Array(), budget: {}, pre: emptyState, now: 1 };
  const invocation = { ...base, seed: new Uint8Array(32), ...change };
  const { outcome } = await instance.facet("invoke").run(invocation, aCall());
  switch (outcome.kind) {
    case "returned":
    case "reverted":
      return `${outcome.kind} ${Buffer.from(outcome.output).toString()}`;
    case "exhausted":
      return `exhausted ${outcome.meter}`;
    case "trapped":
    case "refused":
      return `${outcome.kind} ${outcome.reason}`;
  }
}

/** A log that keeps its lines. */
export function keepingLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, log: createLog({ write: (line) => lines.push(line), now: () => 0 }) };
}
