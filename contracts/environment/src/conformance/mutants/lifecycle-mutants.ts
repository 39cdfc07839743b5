import { raise } from "@bedplate/errors";
import type { Instance } from "../../gate/instance.ts";
import type { InstanceDriver } from "../../instance-driver.ts";
import { overlay } from "../overlay.ts";
import { hostInstances, instances, type Mutant } from "./mutant.ts";

/** Defects of one instance's life. */
export const lifecycleMutants: readonly Mutant[] = [
  {
    id: "the guest works before the start",
    caughtBy: ["EE-13"],
    make: () =>
      stating((status) =>
        status.phase === "created" ? { ...status, usage: { ...status.usage, fuel: 5 } } : status,
      ),
  },
  {
    id: "the first run is the second",
    caughtBy: ["EE-13"],
    appliesTo: ({ programs }) => programs.count !== undefined,
    make: () => hostInstances(runsTwice),
  },
  {
    id: "starting once starts twice",
    caughtBy: ["EE-14"],
    make: () =>
      instances((instance) =>
        overlay(instance, {
          async start(call) {
            await instance.start(call);
            await instance.start(call);
          },
        }),
      ),
  },
  {
    id: "a run starts what was only created",
    caughtBy: ["EE-15", "EE-43"],
    appliesTo: ({ plugin }) => plugin.manifest.declares.invoke !== undefined,
    make: () =>
      hostInstances((instance) =>
        withHostInvoke(instance, async (run, invocation, call) => {
          if (instance.phase === "created") await instance.start({ ...call, key: "hidden" });
          return run(invocation, call);
        }),
      ),
  },
  {
    id: "releasing stops what still runs",
    caughtBy: ["EE-21", "EE-15", "EE-43"],
    make: () =>
      hostInstances((instance) =>
        overlay(instance, {
          async release(call) {
            if (instance.phase === "running") await instance.stop({ graceMs: 0 }, call);
            await instance.release(call);
          },
        }),
      ),
  },
  {
    id: "a running instance says that it failed",
    caughtBy: ["EE-16"],
    make: () =>
      stating((status) => (status.phase === "running" ? { ...status, phase: "failed" } : status)),
  },
  {
    id: "an end has a code and a signal",
    caughtBy: ["EE-17"],
    make: () =>
      instances((instance) =>
        overlay(instance, {
          stop: async (how, call) => ({
            ...(await instance.stop(how, call)),
            code: 0,
            signal: "KILL",
          }),
        }),
      ),
  },
  {
    id: "status knows another exit than stop",
    caughtBy: ["EE-17"],
    make: () =>
      stating((status) => (status.exit ? { ...status, exit: { ...status.exit, at: 1 } } : status)),
  },
  {
    id: "stopping waits for the grace to pass",
    caughtBy: ["EE-18"],
    make: () =>
      instances((instance) =>
        overlay(instance, {
          async stop(how, call) {
            if (how.graceMs > 0) await leaving(call.deadlineAt);
            return instance.stop(how, call);
          },
        }),
      ),
  },
  {
    id: "releasing leaves the instance behind",
    caughtBy: ["EE-20", "EE-33"],
    make: () => instances((instance) => overlay(instance, { release: async () => {} })),
  },
  {
    id: "every tenth release leaves the instance behind",
    caughtBy: ["EE-33"],
    make: () => {
      let releases = 0;
      return instances((instance) =>
        overlay(instance, {
          release: (call) => (++releases % 10 === 0 ? Promise.resolve() : instance.release(call)),
        }),
      );
    },
  },
  {
    id: "releasing twice is an error",
    caughtBy: ["EE-20"],
    make: () => instances(releasingOnce),
  },
];

function stating(
  change: (
    status: Awaited<ReturnType<InstanceDriver["status"]>>,
  ) => Awaited<ReturnType<InstanceDriver["status"]>>,
) {
  return instances((instance) =>
    overlay(instance, { status: async (call) => change(await instance.status(call)) }),
  );
}

type HostRun = Instance["facets"]["invoke"]["run"];

/** The host's instance with another way to run. */
export function withHostInvoke(
  instance: Instance,
  around: (run: HostRun, ...values: Parameters<HostRun>) => ReturnType<HostRun>,
): Instance {
  const invoke = instance.facets.invoke as Instance["facets"]["invoke"] | undefined;
  if (invoke === undefined) return instance;
  const run: HostRun = (invocation, call) =>
    around((...values) => invoke.run(...values), invocation, call);
  const facets = { ...instance.facets, invoke: { run } } as Instance["facets"];
  const facet = ((name: "invoke") =>
    name === "invoke" ? { run } : instance.facet(name)) as Instance["facet"];
  return overlay(instance, { facets, facet });
}

function runsTwice(instance: Instance): Instance {
  let hasRun = false;
  return withHostInvoke(instance, async (run, invocation, call) => {
    if (!hasRun) await run(invocation, call);
    hasRun = true;
    return run(invocation, call);
  });
}

function releasingOnce(instance: InstanceDriver): InstanceDriver {
  let isReleased = false;
  return overlay(instance, {
    async release(call) {
      if (isReleased) {
        throw raise("resource.missing", {
          op: "instance.release",
          blame: "plugin",
          detail: { type: "instance", id: instance.handle.id },
          message: "Cannot release the instance: it is gone",
        });
      }
      isReleased = true;
      await instance.release(call);
    },
  });
}

/** Waits a little longer than the caller does. */
function leaving(deadlineAt: number): Promise<void> {
  const ms = Math.max(0, deadlineAt - Date.now()) + 50;
  return new Promise((resolve) => setTimeout(resolve, ms));
}
