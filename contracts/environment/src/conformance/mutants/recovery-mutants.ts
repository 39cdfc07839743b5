import type { EnvironmentDriver } from "../../environment-driver.ts";
import type { InstanceDriver, InstanceHandle, Recovery } from "../../instance-driver.ts";
import type { Plugin } from "../../manifest.ts";
import { overlay } from "../overlay.ts";
import { withDriver } from "../planted-faults.ts";
import { driver, type Mutant, type MutantParts, withOutcome } from "./mutant.ts";

/** Defects of recovery, inventory and closing. */
export const recoveryMutants: readonly Mutant[] = [
  {
    id: "what is alive is said to be absent",
    caughtBy: ["EE-22", "EE-27"],
    make: () =>
      remembering((memory) => ({
        recover: async () => ({ found: "absent" }),
        inventory: (call) => listing(memory, call.principal),
      })),
  },
  {
    id: "recovery gives the instance another incarnation",
    caughtBy: ["EE-22", "EE-24"],
    make: () =>
      reviving((instance) =>
        overlay(instance, { handle: { ...instance.handle, incarnation: "reborn" } }),
      ),
  },
  {
    id: "recovery brings another guest back",
    caughtBy: ["EE-22", "EE-26", "RW-09"],
    make: () => reviving(forgetful),
  },
  {
    id: "recovery does not look at the incarnation",
    caughtBy: ["EE-25", "EX-18"],
    make: () =>
      remembering((memory, inner) => ({
        async recover(handle, call) {
          const held = memory.get(handle.id);
          if (held === undefined || held.handle.owner !== handle.owner) {
            return inner.recover(handle, call);
          }
          return { found: "alive", instance: held };
        },
      })),
  },
  {
    id: "recovery does not look at the owner",
    caughtBy: ["EE-25", "EX-18"],
    make: () =>
      remembering((memory, inner) => ({
        async recover(handle, call) {
          const held = memory.get(handle.id);
          if (held === undefined) return inner.recover(handle, call);
          return inner.recover({ ...handle, owner: held.handle.owner }, call);
        },
      })),
  },
  {
    id: "what was released comes back",
    caughtBy: ["EE-24"],
    make: () =>
      remembering((memory, inner) => ({
        async recover(handle, call): Promise<Recovery> {
          const found = await inner.recover(handle, call);
          const held = memory.get(handle.id);
          if (found.found !== "absent" || held === undefined) return found;
          return { found: "alive", instance: held };
        },
      })),
  },
  {
    id: "what has ended is said to be alive",
    caughtBy: ["EE-23"],
    make: () =>
      remembering((memory, inner) => ({
        async recover(handle, call): Promise<Recovery> {
          const found = await inner.recover(handle, call);
          const held = memory.get(handle.id);
          if (found.found === "foreign" || held === undefined) return found;
          return { found: "alive", instance: held };
        },
      })),
  },
  {
    id: "recovering leaves an instance that nobody made",
    caughtBy: ["EE-26"],
    make: () => {
      let recoveries = 0;
      return driver((inner) =>
        overlay(inner, {
          async *inventory(call) {
            yield* inner.inventory(call);
            if (recoveries > 0) yield strange("moved-on");
          },
          recover(handle, call) {
            recoveries += 1;
            return inner.recover(handle, call);
          },
        }),
      );
    },
  },
  {
    id: "a handle that cannot be read breaks recovery",
    caughtBy: ["EE-44"],
    make: () =>
      driver((inner) =>
        overlay(inner, {
          recover(handle, call) {
            if (handle.state.length > 40) throw new RangeError("offset is out of bounds");
            return inner.recover(handle, call);
          },
        }),
      ),
  },
  {
    id: "inventory shows the instances of another host",
    caughtBy: ["EE-30"],
    make: () =>
      remembering((memory, inner) => ({
        async *inventory(call) {
          yield* inner.inventory(call);
          const mine: string[] = [];
          for await (const { id } of inner.inventory(call)) mine.push(id);
          for (const { handle } of memory.values()) if (!mine.includes(handle.id)) yield handle;
        },
      })),
  },
  {
    id: "inventory shows nothing",
    caughtBy: ["EE-20", "EE-30"],
    make: () => driver((inner) => overlay(inner, { async *inventory() {} })),
  },
  {
    id: "a crash leaves an instance that nobody made",
    caughtBy: ["EE-27", "EE-22"],
    make: () => {
      let openings = 0;
      return {
        plugin: (plugin: Plugin) => {
          openings += 1;
          if (openings % 2 === 1) return plugin;
          return withDriver(plugin, (inner) =>
            overlay(inner, {
              async *inventory(call) {
                yield* inner.inventory(call);
                yield strange("orphan");
              },
            }),
          );
        },
      };
    },
  },
  {
    id: "closing leaves instances behind",
    caughtBy: ["EE-42"],
    make: () =>
      remembering((memory, inner) => ({
        async *inventory(call) {
          yield* inner.inventory(call);
          const mine: string[] = [];
          for await (const { id } of inner.inventory(call)) mine.push(id);
          for (const { handle } of memory.values()) if (!mine.includes(handle.id)) yield handle;
        },
      })),
  },
  {
    id: "a closed environment still admits",
    caughtBy: ["EE-42"],
    make: () => {
      let last: unknown;
      return {
        environment: (environment) =>
          overlay(environment, {
            async admit(artifact, call) {
              try {
                last = await environment.admit(artifact, call);
              } catch (error) {
                if (last === undefined) throw error;
              }
              return last as never;
            },
          }),
      };
    },
  },
];

type Memory = Map<string, InstanceDriver>;

/** A defect that remembers every instance that was ever made, in whichever opening. */
function remembering(
  change: (memory: Memory, inner: EnvironmentDriver) => Partial<EnvironmentDriver>,
): MutantParts {
  const memory: Memory = new Map();
  return driver((inner) =>
    overlay(inner, {
      async create(spec, call) {
        const instance = await inner.create(spec, call);
        memory.set(instance.handle.id, instance);
        return instance;
      },
      ...change(memory, inner),
    }),
  );
}

async function* listing(memory: Memory, _principal: string): AsyncIterable<InstanceHandle> {
  for (const { handle } of memory.values()) yield handle;
}

/** A defect of every instance that is found alive; one that is absent is found, too. */
function reviving(change: (instance: InstanceDriver) => InstanceDriver): MutantParts {
  return remembering((memory, inner) => ({
    async recover(handle, call): Promise<Recovery> {
      const found = await inner.recover(handle, call);
      if (found.found === "alive") return { found: "alive", instance: change(found.instance) };
      const held = memory.get(handle.id);
      if (found.found !== "absent" || held === undefined) return found;
      return { found: "alive", instance: change(held) };
    },
  }));
}

function forgetful(instance: InstanceDriver): InstanceDriver {
  const invoke = instance.facets.invoke as InstanceDriver["facets"]["invoke"] | undefined;
  if (invoke === undefined) return instance;
  const run: typeof invoke.run = async (invocation, call) =>
    withOutcome(
      { ...(await invoke.run(invocation, call)), events: [] },
      { kind: "returned", output: new Uint8Array(Buffer.from("9")) },
    );
  return overlay(instance, { facets: { ...instance.facets, invoke: { run } } as never });
}

function strange(id: string): InstanceHandle {
  return {
    id,
    key: id,
    release: `sha256:${"0".repeat(64)}`,
    owner: "nobody",
    incarnation: id,
    state: new Uint8Array(),
  };
}
