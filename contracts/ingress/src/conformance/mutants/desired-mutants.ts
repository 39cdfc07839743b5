import type { BackendHealth, DesiredRoute, IngressDriver } from "../../ingress-driver.ts";
import { pause } from "../client.ts";
import { driverMutant, type IngressMutant } from "./ingress-mutant.ts";

/** Drivers that get what is wanted wrong. */
export const desiredMutants: readonly IngressMutant[] = [
  driverMutant("the same route again is a change", ["IG02"], (driver) => ({
    async apply(spec, condition) {
      const before = await driver.get(spec.name);
      if (before !== null) await driver.apply({ ...before.spec, timeoutMs: 77 }, condition);
      return await driver.apply(spec, "any");
    },
  })),
  driverMutant("conditions are not looked at", ["IG03", "IG50"], (driver) => ({
    apply: (spec) => driver.apply(spec, "any"),
    remove: (name) => driver.remove(name, "any"),
  })),
  driverMutant("removed routes stay", ["IG04", "IG06", "IG84"], () => ({
    remove: async () => ({ kind: "removed" }),
  })),
  driverMutant("what was not there is removed too", ["IG05"], (driver) => ({
    async remove(name, condition) {
      await driver.remove(name, condition);
      return { kind: "removed" };
    },
  })),
  driverMutant("a page leaves out its last route", ["IG07"], (driver) => ({
    async list(range) {
      const page = await driver.list({ ...range, limit: range.limit + 1 });
      return page.length > range.limit ? [...page.slice(0, -2), ...page.slice(-1)] : page;
    },
  })),
  driverMutant("a page begins with the last route of the page before", ["IG07"], (driver) => ({
    async list(range) {
      const before = range.after === null ? null : await driver.get(range.after);
      const page = await driver.list(range);
      return before === null ? page : [before, ...page].slice(0, range.limit);
    },
  })),
  driverMutant("only the first replica is asked", ["IG08"], (driver) => ({
    replicas: async () => (await driver.replicas()).slice(0, 1),
  })),
  driverMutant("a change is applied long after it was acknowledged", ["IG10"], (driver) => ({
    async apply(spec, condition) {
      const now = await driver.get(spec.name);
      const generation = (now?.generation ?? 0) + 1;
      const applying = pause(2_000).then(() => driver.apply(spec, condition));
      applying.catch(() => {});
      return { kind: "applied", route: { spec, generation, conflictsWith: null } };
    },
    get: async (name) => (await driver.get(name)) ?? lateRoute(driver, name),
  })),
  driverMutant("between two generations there is none", ["IG11", "IG12"], (driver) => ({
    async apply(spec, condition) {
      await driver.remove(spec.name, "any");
      await pause(50);
      return await driver.apply(spec, condition);
    },
  })),
  driverMutant("routes end with the driver", ["IG13"], (driver) => ({
    async [Symbol.asyncDispose]() {
      for (const { spec } of await driver.list({ after: null, limit: 100 })) {
        await driver.remove(spec.name, "any");
      }
      await driver[Symbol.asyncDispose]();
    },
  })),
  shownMutant("conflicts are not told", ["IG24"], (route) => ({ ...route, conflictsWith: null })),
  driverMutant("of equal matches the younger serves", ["IG24"], (driver) => ({
    async apply(spec, condition) {
      const answer = await driver.apply(spec, condition);
      const older = answer.kind === "applied" ? answer.route.conflictsWith : null;
      if (older === null) return answer;
      const before = await driver.get(older);
      await driver.remove(older, "any");
      if (before !== null) await driver.apply(before.spec, "any");
      return await driver.apply(spec, "any");
    },
  })),
  driverMutant("a conflict never ends", ["IG25"], (driver) => {
    const seen = new Map<string, string>();
    return {
      async get(name) {
        const route = await driver.get(name);
        if (route?.conflictsWith) seen.set(name, route.conflictsWith);
        return route && { ...route, conflictsWith: seen.get(name) ?? null };
      },
      async apply(spec, condition) {
        const answer = await driver.apply(spec, condition);
        if (answer.kind === "applied" && answer.route.conflictsWith) {
          seen.set(spec.name, answer.route.conflictsWith);
        }
        return answer;
      },
    };
  }),
  driverMutant("of changes that come at once one is lost", ["IG49"], (driver) => {
    let isBusy = false;
    return {
      async apply(spec, condition) {
        if (isBusy) return { kind: "applied", route: { spec, generation: 1, conflictsWith: null } };
        isBusy = true;
        await pause(1);
        isBusy = false;
        return await driver.apply(spec, condition);
      },
    };
  }),
  driverMutant("a name that comes again starts over", ["IG51"], (driver) => {
    const starts = new Map<string, number>();
    return {
      async apply(spec, condition) {
        const isNew = (await driver.get(spec.name)) === null;
        const answer = await driver.apply(spec, condition);
        if (answer.kind !== "applied") return answer;
        if (isNew) starts.set(spec.name, answer.route.generation - 1);
        const generation = answer.route.generation - (starts.get(spec.name) ?? 0);
        return { kind: "applied", route: { ...answer.route, generation } };
      },
    };
  }),
  driverMutant("when it is full the oldest route goes", ["IG53"], (driver) => ({
    async apply(spec, condition) {
      const answer = await driver.apply(spec, condition);
      if (answer.kind !== "full") return answer;
      const [first] = await driver.list({ after: null, limit: 1 });
      await driver.remove(first?.spec.name ?? "", "any");
      return await driver.apply(spec, condition);
    },
  })),
  driverMutant("a route that moves stays at its old place too", ["IG63"], (driver) => ({
    async apply(spec, condition) {
      const before = await driver.get(spec.name);
      const answer = await driver.apply(spec, condition);
      if (before !== null) await driver.apply({ ...before.spec, name: `${spec.name}-old` }, "any");
      return answer;
    },
  })),
  driverMutant("every backend is called healthy", ["IG17"], (driver) => ({
    health: async (name) =>
      Object.fromEntries(Object.keys(await driver.health(name)).map((id) => [id, "healthy"])),
  })),
  driverMutant("a drain does nothing", ["IG38", "IG44"], () => ({
    drain: async () => ({ closed: 0, cut: 0 }),
  })),
  driverMutant("a drain mistakes cut streams for closed ones", ["IG44"], (driver) => ({
    async drain(drain) {
      const { closed, cut } = await driver.drain(drain);
      return { closed: cut, cut: closed };
    },
  })),
  driverMutant("a drain is told before it holds", ["IG44"], (driver) => {
    const told = new Set<string>();
    const toldOf = ([id, health]: [string, BackendHealth]) =>
      [id, told.has(id) ? "draining" : health] as const;
    return {
      async drain(drain) {
        told.add(drain.backend);
        await pause(200);
        return driver.drain(drain);
      },
      health: async (name) =>
        Object.fromEntries(Object.entries(await driver.health(name)).map(toldOf)),
    };
  }),
  driverMutant("a drain does not wait", ["IG44"], (driver) => ({
    drain: (drain) => driver.drain({ ...drain, deadlineMs: 0 }),
  })),
  driverMutant("samples count twice", ["IG47"], (driver) => ({
    samples: async (name) =>
      (await driver.samples(name)).map((each) => ({ ...each, requests: each.requests * 2 })),
  })),
  driverMutant("samples count no faults", ["IG47"], (driver) => ({
    samples: async (name) => (await driver.samples(name)).map((each) => ({ ...each, faults: 0 })),
  })),
];

function shownMutant(
  name: string,
  kills: readonly string[],
  change: (route: DesiredRoute) => DesiredRoute,
): IngressMutant {
  return driverMutant(name, kills, (driver) => ({
    async get(wanted) {
      const route = await driver.get(wanted);
      return route && change(route);
    },
    async apply(spec, condition) {
      const answer = await driver.apply(spec, condition);
      return answer.kind === "applied" ? { ...answer, route: change(answer.route) } : answer;
    },
  }));
}

/** Stands for a route that was acknowledged, and is not there yet. */
async function lateRoute(driver: IngressDriver, name: string): Promise<DesiredRoute | null> {
  const [any] = await driver.list({ after: null, limit: 1 });
  const match = { host: `${name}.example.test`, pathPrefix: "/" };
  const spec = any?.spec ?? { backends: [], timeoutMs: 1 };
  return { spec: { ...spec, name, match }, generation: 1, conflictsWith: null };
}
