import { randomBytes } from "node:crypto";
import { isFault, raise } from "@bedplate/errors";
import type { EnvironmentDriver } from "../../environment-driver.ts";
import type { Plugin } from "../../manifest.ts";
import type { ConformanceSubject } from "../conformance-subject.ts";
import { streamOf } from "../machine/machine-rig.ts";
import { overlay } from "../overlay.ts";
import { adding, capturing } from "./capturing.ts";
import { changing, creating, declaring, facetOf } from "./machine-mutant.ts";
import { driver, type Mutant, type MutantParts } from "./mutant.ts";

const appliesTo = declaring("snapshot", "files");
const clonesOf = ({ plugin }: ConformanceSubject) => plugin.manifest.declares.snapshot?.clones;

/** Defects of `snapshot`, and of restoring. */
export const snapshotMutants: readonly Mutant[] = [
  {
    id: "a restored machine is a new one",
    caughtBy: ["SN-01"],
    appliesTo,
    make: () => creating(({ from: _, ...spec }) => spec),
  },
  {
    id: "a captured machine stands still",
    caughtBy: ["SN-02"],
    appliesTo: declaring("snapshot", "files", "pause", "exec"),
    make: () =>
      capturing(async (inner, request, { instance, call }) => {
        const manifest = await inner.capture(request, call);
        await facetOf(instance, "pause")?.pause(call);
        return manifest;
      }),
  },
  {
    id: "a snapshot is known only where it was made",
    caughtBy: ["SN-03"],
    appliesTo,
    make: () => homesick(),
  },
  {
    id: "what a snapshot needs is not looked at",
    caughtBy: ["SN-04"],
    appliesTo,
    make: () => driver((inner) => overlay(inner, { assess: async () => [] })),
  },
  {
    id: "the format of a snapshot is not looked at",
    caughtBy: ["SN-05"],
    appliesTo,
    make: () =>
      driver((inner) =>
        overlay(inner, {
          assess: async (...asked) =>
            ((await inner.assess?.(...asked)) ?? []).filter(({ what }) => what !== "format"),
        }),
      ),
  },
  {
    id: "a damaged snapshot gives an empty machine",
    caughtBy: ["SN-06"],
    appliesTo,
    make: () => tolerant("data.corrupt"),
  },
  {
    id: "a snapshot with a hole gives an empty machine",
    caughtBy: ["SN-07"],
    appliesTo,
    make: () => tolerant("resource.missing"),
  },
  {
    id: "a capture on top of another gives everything again",
    caughtBy: ["SN-08"],
    appliesTo: ({ plugin }) => plugin.manifest.declares.snapshot?.incremental === true,
    make: () =>
      capturing((inner, { parent: _, ...request }, { call }) => inner.capture(request, call)),
  },
  {
    id: "clones draw the same chances",
    caughtBy: ["SN-09"],
    appliesTo: (subject) => clonesOf(subject) === "many" && appliesTo(subject),
    make: () => identical(),
  },
  {
    id: "a snapshot for one clone is restored again",
    caughtBy: ["SN-10"],
    appliesTo: (subject) => clonesOf(subject) === "single" && appliesTo(subject),
    make: () => ({ environment: twice }),
  },
  {
    id: "a machine stands still until its snapshot is stored",
    caughtBy: ["SN-11"],
    appliesTo: declaring("snapshot", "files", "pause", "exec"),
    make: () =>
      capturing(async (inner, request, { instance, call }) => {
        const pause = facetOf(instance, "pause");
        await pause?.pause(call);
        try {
          return await inner.capture(request, call);
        } finally {
          await pause?.resume(call);
        }
      }),
  },
  {
    id: "a snapshot has a secret and does not say so",
    caughtBy: ["SN-12"],
    appliesTo: declaring("snapshot", "files", "exec"),
    make: () => leaking(),
  },
  {
    id: "a capture that breaks off breaks the machine",
    caughtBy: ["SN-13"],
    appliesTo,
    make: () =>
      capturing(async (inner, request, { instance, call }) => {
        try {
          return await inner.capture(request, call);
        } catch (error) {
          const files = facetOf(instance, "files");
          for await (const { path, kind } of files?.list({ path: "/", depth: 4 }, call) ?? []) {
            if (kind !== "file") continue;
            await files?.write({ path, body: streamOf("broken") }, call).catch(() => {});
          }
          throw error;
        }
      }),
  },
  {
    id: "an older snapshot is refused",
    caughtBy: ["SN-14"],
    appliesTo: (subject) => (subject.machine?.older?.length ?? 0) > 0 && appliesTo(subject),
    make: () =>
      driver((inner) =>
        overlay(inner, {
          assess: async (snapshot, call) =>
            snapshot.format.minor === 0
              ? [{ what: "format", needs: "an older engine" }]
              : ((await inner.assess?.(snapshot, call)) ?? []),
        }),
      ),
  },
  {
    id: "a snapshot has chance in it",
    caughtBy: ["SN-15"],
    appliesTo: (subject) =>
      subject.plugin.manifest.profile.determinism.grade !== "none" && appliesTo(subject),
    make: () => adding(() => new Uint8Array(randomBytes(16))),
  },
  {
    id: "what is written meanwhile is captured in part",
    caughtBy: ["SN-16"],
    appliesTo: declaring("snapshot", "files", "exec"),
    make: () => torn(),
  },
];

/** The variables of the last machine that was created are in every snapshot. */
function leaking(): MutantParts {
  let env = "";
  const added = adding(() => new Uint8Array(Buffer.from(`{${env}}`)));
  const noted = creating((spec) => {
    env = JSON.stringify(spec.env ?? {});
    return spec;
  });
  const silent = capturing(async (inner, request, { call }) => ({
    ...(await inner.capture(request, call)),
    hasEnv: false,
  }));
  return { plugin: (plugin) => chain(plugin, [added, noted, silent]) };
}

function chain(plugin: Plugin, parts: readonly MutantParts[]): Plugin {
  return parts.reduce((inner, each) => each.plugin?.(inner) ?? inner, plugin);
}

function homesick(): MutantParts {
  return driver((inner) => {
    let captures = 0;
    return overlay(inner, {
      async create(spec, call) {
        if (spec.from !== undefined && captures === 0) throw unknown();
        const instance = await inner.create(spec, call);
        const snapshot = facetOf(instance, "snapshot");
        if (snapshot === undefined) return instance;
        const noted = overlay(snapshot, {
          capture(request, capturingCall) {
            captures += 1;
            return snapshot.capture(request, capturingCall);
          },
        });
        const facets = { ...instance.facets, snapshot: noted } as never;
        return overlay(instance, { facets });
      },
    });
  });
}

function unknown(): Error {
  return raise("resource.missing", {
    op: "environment.create",
    detail: { type: "snapshot", id: "it" },
    message: "Cannot restore the snapshot: it was not made here",
  });
}

function tolerant(code: "data.corrupt" | "resource.missing"): MutantParts {
  return driver((inner: EnvironmentDriver) =>
    overlay(inner, {
      async create(spec, call) {
        try {
          return await inner.create(spec, call);
        } catch (error) {
          if (spec.from === undefined || !isFault(error, code)) throw error;
          const { from: _, ...empty } = spec;
          return inner.create(empty, call);
        }
      },
    }),
  );
}

/** Whoever asks for chance gets what was said first. */
function identical(): MutantParts {
  const said = new Map<string, readonly Uint8Array[]>();
  return changing("exec", (inner) => {
    const argvs = new Map<string, string>();
    return {
      async start(request, call) {
        const process = await inner.start(request, call);
        argvs.set(process.id, request.argv.join(" "));
        return process;
      },
      async *output(request, call) {
        const argv = argvs.get(request.process) ?? "";
        if (!/random|identity|urandom|boot_id/.test(argv))
          return yield* inner.output(request, call);
        const items = await Array.fromAsync(inner.output(request, call));
        const first = said.get(argv) ?? items.map(({ data }) => data);
        said.set(argv, first);
        yield* items.map((each, at) => ({ ...each, data: first[at] ?? each.data }));
      },
    };
  });
}

type Host = Parameters<NonNullable<MutantParts["environment"]>>[0];

/** The second restoration is a machine like any other. */
function twice(environment: Host): Host {
  return overlay(environment, {
    async create(spec, call) {
      try {
        return await environment.create(spec, call);
      } catch (error) {
        if (!isFault(error, "snapshot.incompatible")) throw error;
        const { from: _, ...empty } = spec;
        return environment.create(empty, call);
      }
    },
  });
}

/** A file that is being rewritten is restored with half of it. */
function torn(): MutantParts {
  return driver((inner) =>
    overlay(inner, {
      async create(spec, call) {
        const instance = await inner.create(spec, call);
        if (spec.from === undefined) return instance;
        return overlay(instance, {
          async start(starting) {
            await instance.start(starting);
            const files = facetOf(instance, "files");
            for await (const { path, bytes } of files?.list({ path: "/", depth: 3 }, call) ?? []) {
              if (!path.endsWith("/rewritten")) continue;
              await files?.write({ path, body: streamOf("x".repeat(bytes >> 1)) }, call);
            }
          },
        });
      },
    }),
  );
}
