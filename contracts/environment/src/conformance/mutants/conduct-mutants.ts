import { FaultError, isFault } from "@bedplate/errors";
import { withSpan } from "@bedplate/telemetry";
import type { Environment } from "../../gate/environment.ts";
import type { InstanceHandle } from "../../instance-driver.ts";
import { overlay } from "../overlay.ts";
import { withHostInvoke } from "./lifecycle-mutants.ts";
import {
  driver,
  hostInstances,
  type Mutant,
  type MutantParts,
  running,
  runsOneAtATime,
} from "./mutant.ts";

const isInvoked: NonNullable<Mutant["appliesTo"]> = ({ plugin }) =>
  plugin.manifest.declares.invoke !== undefined;

/** Defects of faults, telemetry and secrets. */
export const conductMutants: readonly Mutant[] = [
  {
    id: "two runs are let in at once",
    caughtBy: ["EE-38"],
    make: () => ({
      plugin: (plugin) => {
        const { profile } = plugin.manifest;
        const concurrency = {
          ...profile.concurrency,
          isReentrant: !profile.concurrency.isReentrant,
        };
        const manifest = { ...plugin.manifest, profile: { ...profile, concurrency } };
        return overlay(plugin, { manifest });
      },
    }),
  },
  {
    id: "a busy instance does not know whether it did something",
    caughtBy: ["EE-38"],
    appliesTo: runsOneAtATime,
    make: () =>
      hostInstances((instance) =>
        withHostInvoke(instance, (run, invocation, call) =>
          run(invocation, call).catch((error: unknown) => {
            if (!isFault(error, "resource.busy")) throw error;
            throw new FaultError({ ...error.fault, effect: "unknown" }, { cause: error });
          }),
        ),
      ),
  },
  {
    id: "an operation makes two spans",
    caughtBy: ["EE-40"],
    appliesTo: isInvoked,
    make: () =>
      running((run, inner) => withSpan("instance.invoke", {}, () => inner(run.invocation))),
  },
  {
    id: "guest bytes are in a span",
    caughtBy: ["EE-40", "EE-41"],
    appliesTo: isInvoked,
    make: () =>
      running((run, inner) => {
        const input = Buffer.from(run.invocation.input).toString("latin1");
        return withSpan("engine.run", { input }, () => inner(run.invocation));
      }),
  },
  {
    id: "a fault quotes the input",
    caughtBy: ["EE-41", "ER-07"],
    appliesTo: isInvoked,
    make: () =>
      failing((fault, { input }) => ({ ...fault, message: `${fault.message}, given ${input}` })),
  },
  {
    id: "a fault quotes what was thrown",
    caughtBy: ["ER-07"],
    make: () =>
      running(async (run, inner) => {
        try {
          return await inner(run.invocation);
        } catch (error) {
          if (!(error instanceof TypeError)) throw error;
          throw new FaultError({ ...planted, message: error.message }, { cause: error });
        }
      }),
  },
  {
    id: "a refusal quotes the artifact",
    caughtBy: ["EE-41"],
    make: () => ({
      plugin: (plugin) =>
        overlay(plugin, {
          async open(host, config, call) {
            const inner = await plugin.open(host, config, call);
            return overlay(inner, {
              async admit(artifact, keyed) {
                const answer = await inner.admit(artifact, keyed);
                if (answer.isAdmitted) return answer;
                const text = await host.use("blob:read").read(artifact, keyed);
                // What a caller could hide stands at the end, behind any real head.
                const end = Buffer.from(text).toString("latin1").slice(-quotedMax);
                return { isAdmitted: false, reason: `it ends with ${end}` };
              },
            });
          },
        }),
    }),
  },
  {
    id: "the handle holds the labels",
    caughtBy: ["EE-41"],
    make: () =>
      driver((inner) =>
        overlay(inner, {
          async create(spec, call) {
            const instance = await inner.create(spec, call);
            const text = "planted-secret-93f1";
            const handle: InstanceHandle = { ...instance.handle, state: Buffer.from(text) };
            return overlay(instance, { handle });
          },
        }),
      ),
  },
  {
    id: "a fault does not say which operation failed",
    caughtBy: ["ER-02"],
    make: () => failing((fault) => ({ ...fault, op: "" })),
  },
  {
    id: "a fault is of no kind",
    caughtBy: ["ER-02", "ER-14"],
    make: () => failing((fault) => ({ ...fault, kind: "weird" as never })),
  },
  {
    id: "a refused run has an effect after all",
    caughtBy: ["ER-03"],
    make: leaking,
  },
  {
    id: "a fault says to repeat what was applied",
    caughtBy: ["ER-04"],
    make: () => failing((fault) => ({ ...fault, effect: "applied", retry: "same" })),
  },
  {
    id: "an unknown code becomes a bug",
    caughtBy: ["ER-05"],
    make: () =>
      failing((fault) =>
        fault.code.startsWith("x.") ? { ...fault, code: "internal.bug" } : fault,
      ),
  },
  {
    id: "causes are dropped",
    caughtBy: ["ER-06"],
    make: () => failing((fault) => ({ ...fault, causes: fault.causes.slice(1) })),
  },
  {
    id: "a message is parsed",
    caughtBy: ["ER-08"],
    make: () =>
      failing((fault) =>
        /^(Cannot|a planted)/.test(fault.message) ? fault : { ...fault, code: "internal.bug" },
      ),
  },
  {
    id: "the caller's mistake is blamed on the plug-in",
    caughtBy: ["ER-11"],
    make: () => failing((fault) => ({ ...fault, blame: "plugin" })),
  },
  {
    id: "a fault is no plain data",
    caughtBy: ["ER-12"],
    make: () => failing((fault) => ({ ...fault, detail: { ...fault.detail, at: new Date(0) } })),
  },
  {
    id: "how long to wait is forgotten",
    caughtBy: ["ER-13"],
    make: () => failing(({ retryAfterMs: _, ...fault }) => fault as never),
  },
  {
    id: "a critical member is overlooked",
    caughtBy: ["NG-13", "ER-01"],
    make: () => ({
      environment: (environment: Environment) =>
        overlay(environment, {
          admit: (artifact, { critical: _, ...call }) => environment.admit(artifact, call),
        }),
    }),
  },
  {
    id: "a member that is not known is refused",
    caughtBy: ["NG-14"],
    make: () =>
      driver((inner) =>
        overlay(inner, {
          create(spec, call) {
            if ("aLaterMember" in spec) throw new TypeError("a member too many");
            return inner.create(spec, call);
          },
        }),
      ),
    appliesTo: ({ open }) => open === undefined,
  },
];

/** Characters that a mutant quotes: less than a reason may have. */
const quotedMax = 400;
const planted = new FaultError({
  code: "internal.bug",
  kind: "internal",
  effect: "unknown",
  retry: "never",
  blame: "plugin",
  op: "instance.invoke",
  detail: { where: "run" },
  message: "",
  causes: [],
}).fault;

/** A defect of every fault that a run rejects with. */
function failing(
  change: (fault: FaultError["fault"], run: { readonly input: string }) => FaultError["fault"],
): MutantParts {
  return running(async (run, inner) => {
    try {
      return await inner(run.invocation);
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      const input = Buffer.from(run.invocation.input).toString("latin1");
      throw new FaultError(change(error.fault, { input }), { cause: error });
    }
  });
}

/** After a run that was refused the inventory shows one instance more. */
function leaking(): MutantParts {
  const left: InstanceHandle[] = [];
  const noticing = running(async (run, inner) => {
    try {
      return await inner(run.invocation);
    } catch (error) {
      left.push({ ...run.instance.handle, id: `left-${left.length}` });
      throw error;
    }
  });
  const listing = driver((inner) =>
    overlay(inner, {
      async *inventory(call) {
        yield* inner.inventory(call);
        yield* left;
      },
    }),
  );
  return { plugin: (plugin) => listing.plugin?.(noticing.plugin?.(plugin) ?? plugin) ?? plugin };
}
