import { isFault, raise } from "@bedplate/errors";
import type { ExecDriver } from "../../facets/exec.ts";
import type { InstanceDriver } from "../../instance-driver.ts";
import { overlay } from "../overlay.ts";
import { changing, declaring, facetOf, forgiving, hostChanging } from "./machine-mutant.ts";
import { instances, type Mutant, type MutantParts } from "./mutant.ts";

const pauses = declaring("pause", "exec");
const resizes = declaring("resize", "exec");

/** Defects of `pause` and `resize`. */
export const lifeMutants: readonly Mutant[] = [
  {
    id: "pausing does nothing",
    caughtBy: ["PA-01"],
    appliesTo: pauses,
    make: () => changing("pause", () => ({ pause: async () => {} })),
  },
  {
    id: "a paused machine is said to run",
    caughtBy: ["EE-15", "PA-01"],
    appliesTo: declaring("pause"),
    make: () => hostChanging("pause", () => ({ pause: async () => {} })),
  },
  {
    id: "the guest's clock is wrong after a pause",
    caughtBy: ["PA-02"],
    appliesTo: pauses,
    make: () => instances(outOfTime),
  },
  {
    id: "many pauses end processes",
    caughtBy: ["PA-03"],
    appliesTo: pauses,
    make: () => {
      let pausesSoFar = 0;
      return changing("pause", (inner, instance) => ({
        async resume(call) {
          await inner.resume(call);
          if (++pausesSoFar !== 50) return;
          const exec = facetOf(instance, "exec");
          for (const { id } of (await exec?.list(call)) ?? []) {
            await exec?.signal({ process: id, name: "SIGKILL" }, call);
          }
        },
      }));
    },
  },
  {
    id: "a paused machine cannot be stopped",
    caughtBy: ["PA-04"],
    appliesTo: pauses,
    make: () => instances(stuck),
  },
  {
    id: "the second pause resumes",
    caughtBy: ["PA-05"],
    appliesTo: pauses,
    make: () => toggling(),
  },
  {
    id: "a changed bound does not hold inside",
    caughtBy: ["RS-01"],
    appliesTo: resizes,
    make: () =>
      changing("resize", (inner) => ({
        async resize(to, call) {
          const holds = await inner.resize({ cpuMillis: 777 }, call).catch(() => ({}));
          return { ...holds, ...to };
        },
      })),
  },
  {
    id: "the answer tells only what was changed",
    caughtBy: ["RS-01"],
    appliesTo: ({ plugin }) => (plugin.manifest.declares.resize?.live.length ?? 0) > 1,
    make: () =>
      changing("resize", (inner) => ({
        async resize(to, call) {
          await inner.resize(to, call);
          return to;
        },
      })),
  },
  {
    id: "a bound below what is in use is taken",
    caughtBy: ["RS-02"],
    appliesTo: ({ plugin }) =>
      plugin.manifest.declares.resize?.live.includes("memoryBytes") === true,
    make: () =>
      changing("resize", (inner) => ({
        async resize(to, call) {
          try {
            return await inner.resize(to, call);
          } catch (error) {
            if (isFault(error, "resource.busy")) return to;
            throw error;
          }
        },
      })),
  },
  {
    id: "a bound that cannot be changed is left out",
    caughtBy: ["RS-03"],
    appliesTo: resizes,
    make: () =>
      hostChanging("resize", (inner) => ({
        resize: (to, call) => forgiving(inner.resize(to, call), "capability.undeclared", () => to),
      })),
  },
  {
    id: "a pause puts the old bounds back",
    caughtBy: ["RS-04"],
    appliesTo: declaring("resize", "exec", "pause"),
    make: () =>
      changing("pause", (inner, instance) => ({
        async resume(call) {
          await inner.resume(call);
          const resize = facetOf(instance, "resize");
          for (const name of ["cpuMillis", "memoryBytes"] as const) {
            await resize?.resize({ [name]: 10 ** 9 }, call).catch(() => {});
          }
        },
      })),
  },
];

/** After a pause, numbers that a process says are those of another time. */
function outOfTime(instance: InstanceDriver): InstanceDriver {
  const [exec, pause] = [facetOf(instance, "exec"), facetOf(instance, "pause")];
  if (exec === undefined || pause === undefined) return instance;
  let wasPaused = false;
  const late: Partial<ExecDriver> = {
    async *output(...asked) {
      for await (const each of exec.output(...asked)) {
        const text = Buffer.from(each.data).toString();
        // A clock that began with the machine has few digits, and what has more is a wall clock.
        const isNumber = wasPaused && /^\d{2,12}\n$/.test(text);
        yield isNumber ? { ...each, data: shifted(text) } : each;
      }
    },
  };
  const facets = {
    ...instance.facets,
    exec: overlay(exec, late),
    pause: overlay(pause, {
      async pause(call) {
        await pause.pause(call);
        wasPaused = true;
      },
    }),
  };
  return overlay(instance, { facets: facets as never });
}

/** The same number of bytes, a time that is far from it. */
function shifted(text: string): Uint8Array {
  const first = Number(text[0]) < 5 ? "9" : "1";
  return new Uint8Array(Buffer.from(first + text.slice(1)));
}

function stuck(instance: InstanceDriver): InstanceDriver {
  return overlay(instance, {
    async stop(how, call) {
      const { phase } = await instance.status(call);
      if (phase !== "paused") return instance.stop(how, call);
      throw raise("resource.busy", {
        op: "instance.stop",
        detail: { type: "instance", id: instance.handle.id, by: "a pause" },
        message: "Cannot stop the machine: it is paused",
      });
    },
  });
}

function toggling(): MutantParts {
  return changing("pause", (inner, instance) => ({
    async pause(call) {
      const { phase } = await instance.status(call);
      if (phase === "paused") await inner.resume(call);
      else await inner.pause(call);
    },
  }));
}
