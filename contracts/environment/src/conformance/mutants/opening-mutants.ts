import { isFault } from "@bedplate/errors";
import type { Environment } from "../../gate/environment.ts";
import type { InstanceDriver } from "../../instance-driver.ts";
import type { Manifest, Plugin } from "../../manifest.ts";
import { overlay } from "../overlay.ts";
import { driver, instances, type Mutant, type MutantParts } from "./mutant.ts";

/** Defects of the manifest, of opening, of admission and of creation. */
export const openingMutants: readonly Mutant[] = [
  {
    id: "the manifest is lost when opening fails",
    caughtBy: ["EE-01"],
    make: () => {
      let hasFailed = false;
      return {
        plugin: (plugin) =>
          new Proxy(plugin, {
            get(target, property) {
              if (property === "manifest" && hasFailed) return {};
              if (property !== "open") return Reflect.get(target, property) as unknown;
              return (...values: Parameters<Plugin["open"]>) =>
                target.open(...values).catch((error: unknown) => {
                  hasFailed = true;
                  throw error;
                });
            },
          }),
      };
    },
  },
  {
    id: "the manifest is no plain data",
    caughtBy: ["EE-02"],
    make: () => manifested((manifest) => ({ ...manifest, later: () => 1 }) as never),
  },
  {
    id: "the manifest changes while the environment is open",
    caughtBy: ["EE-03"],
    make: () => ({
      plugin(plugin) {
        let reads = 0;
        const once = plugin.manifest;
        const other = { ...once, features: [{ ...feature, name: "later" }] };
        return new Proxy(plugin, {
          get(target, property) {
            if (property === "manifest") return reads++ < 3 ? once : other;
            return Reflect.get(target, property) as unknown;
          },
        });
      },
    }),
  },
  {
    id: "a declared facet is missing",
    caughtBy: ["EE-04"],
    make: () => facets((all) => Object.fromEntries(Object.entries(all).slice(1))),
  },
  {
    id: "a facet is declared that no case examines",
    caughtBy: ["EE-04"],
    make: () =>
      manifested((manifest) => ({ ...manifest, declares: { ...manifest.declares, serve } })),
  },
  {
    id: "an undeclared facet is there",
    caughtBy: ["EE-05"],
    make: () => facets((all) => ({ invoke: {}, pause: {}, snapshot: {}, ...all })),
  },
  {
    id: "an undeclared facet is silently nothing",
    caughtBy: ["EE-05"],
    make: () => ({
      environment: (environment) =>
        overlay(environment, {
          async create(spec, call) {
            const instance = await environment.create(spec, call);
            const { facets: known } = instance;
            const facet = (name: string) =>
              (known as Readonly<Record<string, unknown>>)[name] ?? {};
            return overlay(instance, { facet: facet as never });
          },
        }),
    }),
  },
  {
    id: "configs are not checked",
    caughtBy: ["EE-06"],
    make: () => manifested((manifest) => ({ ...manifest, configSchema: {}, instanceSchema: {} })),
  },
  {
    id: "the fingerprint repeats itself",
    caughtBy: ["EE-07"],
    make: () =>
      driver((inner) =>
        overlay(inner, {
          async *fingerprint(call) {
            for await (const each of inner.fingerprint(call)) {
              yield each;
              yield each;
            }
          },
        }),
      ),
  },
  {
    id: "no fingerprint comes",
    caughtBy: ["EE-07"],
    make: () => driver((inner) => overlay(inner, { async *fingerprint() {} })),
  },
  {
    id: "the fingerprint always claims health",
    caughtBy: ["EE-08"],
    make: () =>
      driver((inner) =>
        overlay(inner, {
          async *fingerprint(call) {
            for await (const each of inner.fingerprint(call)) yield { ...each, isHealthy: true };
          },
        }),
      ),
  },
  {
    id: "admission answers otherwise the second time",
    caughtBy: ["EE-09"],
    make: () => {
      let asked = 0;
      return admitting(async (admit) => {
        const answer = await admit();
        asked += 1;
        return answer.isAdmitted && asked > 1 ? { ...answer, entries: ["another"] } : answer;
      });
    },
  },
  {
    id: "a corrupt artifact is admitted",
    caughtBy: ["EE-10"],
    make: () =>
      admitting(async (admit) => {
        const answer = await admit();
        if (answer.isAdmitted) return answer;
        return { isAdmitted: true, instructionSet: "any", entries: ["main"] };
      }),
  },
  {
    id: "a corrupt artifact is a fault",
    caughtBy: ["EE-10"],
    make: () =>
      admitting(async (admit) => {
        const answer = await admit();
        if (!answer.isAdmitted) throw new TypeError("it does not parse");
        return answer;
      }),
  },
  {
    id: "a missing artifact is called corrupt",
    caughtBy: ["EE-10"],
    make: () =>
      admitting((admit) =>
        admit().catch((error: unknown) => {
          if (!isFault(error, "resource.missing")) throw error;
          return { isAdmitted: false, reason: "it is not there" };
        }),
      ),
  },
  {
    id: "a failure of the provider is remembered as the artifact's",
    caughtBy: ["ER-11"],
    make: () => {
      let hasFailed = false;
      return admitting(async (admit) => {
        if (hasFailed) return { isAdmitted: false, reason: "it was not readable" };
        return admit().catch((error: unknown) => {
          hasFailed = isFault(error, "provider.unavailable");
          throw error;
        });
      });
    },
  },
  {
    id: "creation ignores its key",
    caughtBy: ["EE-11", "EE-31"],
    make: () => {
      let created = 0;
      return {
        environment: (environment: Environment) =>
          overlay(environment, {
            create: (spec, call) =>
              environment.create(spec, { ...call, key: `${call.key}-${++created}` }),
          }),
      };
    },
  },
  {
    id: "a key may be used again for another spec",
    caughtBy: ["EE-12"],
    make: () => ({
      environment: (environment: Environment) =>
        overlay(environment, {
          create: (spec, call) =>
            environment.create(spec, call).catch((error: unknown) => {
              if (!isFault(error, "idempotency.mismatch")) throw error;
              return environment.create(spec, { ...call, key: `${call.key}-other` });
            }),
        }),
    }),
  },
  {
    id: "the handle has another key",
    caughtBy: ["EE-11"],
    make: () => handled((instance) => ({ ...instance.handle, key: "another" })),
  },
  {
    id: "the handle has another owner",
    caughtBy: ["EE-30"],
    make: () => handled((instance) => ({ ...instance.handle, owner: "another" })),
  },
  {
    id: "the handle has no incarnation",
    caughtBy: ["EE-11"],
    make: () => handled((instance) => ({ ...instance.handle, incarnation: "" })),
  },
  {
    id: "the host has room without end",
    caughtBy: ["EE-34"],
    make: () => ({ options: ({ instancesMax: _, ...rest }) => rest }),
  },
  {
    id: "the host grants what was not granted",
    caughtBy: ["EE-36"],
    make: () => ({
      options: (options) => {
        const granted: ReadonlySet<string> = overlay(new Set<string>(), { has: () => true });
        const use = (permission: never) =>
          options.host.granted.has(permission) ? options.host.use(permission) : {};
        return { ...options, host: { ...options.host, granted, use: use as never } };
      },
    }),
  },
  {
    id: "the plug-in asks for what it does not want",
    caughtBy: ["EE-36"],
    make: () => ({
      plugin: (plugin) =>
        overlay(plugin, {
          open(host, config, call) {
            try {
              host.use("device:camera" as never);
            } catch {
              // It tries its luck.
            }
            return plugin.open(host, config, call);
          },
        }),
    }),
  },
];

const serve = { protocols: ["udp"] } as const;

const feature = { stage: "alpha", isOn: false, isLocked: false, since: "1.0" } as const;

function manifested(change: (manifest: Manifest) => Manifest): MutantParts {
  return { plugin: (plugin) => overlay(plugin, { manifest: change(plugin.manifest) }) };
}

function facets(change: (all: object) => object): MutantParts {
  return instances((instance) =>
    overlay(instance, { facets: change(instance.facets) as InstanceDriver["facets"] }),
  );
}

type Admit = () => ReturnType<Environment["admit"]>;

function admitting(around: (admit: Admit) => ReturnType<Environment["admit"]>): MutantParts {
  return driver((inner) =>
    overlay(inner, {
      admit: (artifact, call) => around(() => inner.admit(artifact, call)),
    }),
  );
}

function handled(change: (instance: InstanceDriver) => InstanceDriver["handle"]): MutantParts {
  return instances((instance) => overlay(instance, { handle: change(instance) }));
}
