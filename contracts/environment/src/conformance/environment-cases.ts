import { digestBytes } from "@bedplate/codec";
import type { Fingerprint } from "../environment-driver.ts";
import { facetNames } from "../facets/facet-spec.ts";
import type { Plugin } from "../manifest.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import { ensure, ensureEqual, ensureFault, show, thrownBy } from "./expectations.ts";
import { overlay } from "./overlay.ts";
import { attempt } from "./phase-walk.ts";
import { unprovable } from "./unprovable.ts";

/** EE-01 to EE-12: the manifest, opening, admission and creation. */
export const environmentCases: readonly ConformanceCase[] = [
  {
    id: "EE-01",
    law: "The manifest is readable even when opening fails",
    async run(rig) {
      const before = show(rig.manifest);
      const decorate = (plugin: Plugin): Plugin => ({
        ...plugin,
        open: () => Promise.reject(new Error("it does not open")),
      });
      const error = await thrownBy(() => rig.open({ decorate }));
      ensure(error !== undefined, "a plug-in that does not open was opened");
      ensureEqual(show(rig.placed().manifest), before, "the manifest");
    },
  },
  {
    id: "EE-02",
    law: "The manifest is plain data, and the same in every position, member by member",
    async run(rig) {
      const { environment, plugin } = await rig.open();
      const copy: unknown = JSON.parse(JSON.stringify(rig.manifest));
      ensureEqual(show(copy), show(rig.manifest), "the manifest after a round trip as JSON");
      ensureEqual(show(plugin.manifest), show(rig.manifest), "the plug-in's manifest here");
      ensureEqual(show(environment.manifest), show(rig.manifest), "the environment's manifest");
    },
  },
  {
    id: "EE-03",
    law: "Manifest and facets do not change from open to close",
    async run(rig) {
      const { environment, plugin } = await rig.open();
      const before = show(plugin.manifest);
      const instance = await rig.instance("echo", { environment });
      const facets = Object.keys(instance.facets);
      if (rig.declares("invoke")) await rig.run(instance, "echo", { payload: "x" });
      ensureEqual(Object.keys(instance.facets), facets, "facets after a run");
      ensureEqual(show(plugin.manifest), before, "manifest after a run");
      await environment.close(rig.call());
      ensureEqual(show(plugin.manifest), before, "manifest after close");
    },
  },
  {
    id: "EE-04",
    law: "Each declared facet is there and answers, and nothing is declared that no case examines",
    async run(rig) {
      const instance = await rig.instance("echo");
      ensureEqual(unprovable(rig.placed().manifest), [], "declarations without a case");
      const declared = facetNames.filter((name) => rig.declares(name));
      ensureEqual(Object.keys(instance.facets).sort(), [...declared].sort(), "facets");
      if (rig.declares("invoke")) {
        const executed = await rig.run(instance, "echo", { payload: "here" });
        ensureEqual(rig.said("echo", executed), "here", "what the guest said");
      }
      for (const name of declared) {
        await attempt(rig, instance, name);
        // What paused goes on.
        if (instance.phase === "paused") await attempt(rig, instance, name);
      }
    },
  },
  {
    id: "EE-05",
    law: "Each undeclared facet is refused as undeclared, without effect",
    async run(rig) {
      const instance = await rig.instance("echo");
      for (const name of facetNames) {
        if (rig.declares(name)) continue;
        const { fault } = await ensureFault(() => instance.facet(name), {
          code: "capability.undeclared",
          effect: "none",
        });
        ensureEqual(fault.detail["facet"], name, "the facet named");
      }
      ensureEqual(instance.phase, "running", "phase");
    },
  },
  {
    id: "EE-06",
    law: "A config that breaks its schema is refused before the plug-in is opened",
    async run(rig) {
      let opened = 0;
      const decorate = (plugin: Plugin): Plugin => ({
        ...plugin,
        open(host, config, call) {
          opened += 1;
          return plugin.open(host, config, call);
        },
      });
      const config = { ...rig.subject.config, "no-such-member": 1 };
      await ensureFault(() => rig.open({ config, decorate }), {
        code: "argument.invalid",
        effect: "none",
      });
      ensureEqual(opened, 0, "openings");
      const environment = await rig.environment();
      const spec = rig.spec("echo");
      const odd = { ...spec, config: { ...spec.config, "no-such-member": 1 } };
      await ensureFault(() => environment.create(odd, rig.call()), {
        code: "argument.invalid",
        effect: "none",
      });
    },
  },
  {
    id: "EE-07",
    law: "The first fingerprint comes at once, the next one only when something changed",
    async run(rig) {
      const environment = await rig.environment();
      const ending = new AbortController();
      const call = rig.call({ signal: ending.signal });
      const stream = environment.fingerprint(call)[Symbol.asyncIterator]();
      const first = await stream.next();
      ensure(first.done !== true, "no fingerprint came");
      ensure(typeof first.value.isHealthy === "boolean", "it does not say whether it is healthy");
      const second = stream.next().then(
        (step): Fingerprint | undefined => (step.done === true ? undefined : step.value),
        () => undefined,
      );
      const quiet = new Promise<undefined>((resolve) => setTimeout(resolve, quietMs, undefined));
      const next = await Promise.race([second, quiet]);
      ending.abort();
      if (next !== undefined)
        ensure(show(next) !== show(first.value), "nothing changed, and it said so");
    },
  },
  {
    id: "EE-08",
    law: "While the environment says that it is not healthy nothing is created there",
    async run(rig) {
      const decorate = (plugin: Plugin): Plugin => ({
        ...plugin,
        async open(host, config, call) {
          const driver = await plugin.open(host, config, call);
          const fingerprint = async function* () {
            yield { isHealthy: false, reason: "a planted illness", room: {} };
          };
          return overlay(driver, { fingerprint });
        },
      });
      const { environment } = await rig.open({ decorate });
      // The news travels by itself, so the first creations may still be let through.
      let error: unknown;
      for (let i = 0; i < newsTries && error === undefined; i++) {
        error = await thrownBy(async () =>
          rig.retire(await environment.create(rig.spec("echo"), rig.call())),
        );
        await new Promise((resolve) => setTimeout(resolve, newsMs));
      }
      const again = () => environment.create(rig.spec("echo"), rig.call());
      await ensureFault(again, {
        code: "environment.unhealthy",
        effect: "none",
      });
    },
  },
  {
    id: "EE-09",
    law: "Admitting the same artifact again answers the same",
    async run(rig) {
      const { environment } = await rig.open();
      const digest = digestBytes(rig.program("echo").artifact);
      const first = await environment.admit(digest, rig.call());
      ensure(first.isAdmitted, "the program is not admitted");
      const both = [1, 2].map(() => environment.admit(digest, rig.call()));
      for (const next of await Promise.all(both)) ensureEqual(next, first, "the next answer");
      if (!rig.declares("invoke")) return;
      const entry = rig.program("echo").entry ?? "main";
      ensure(first.entries.includes(entry), `the entry ${entry} is not listed`);
    },
  },
  {
    id: "EE-10",
    law: "A corrupt artifact is an answer with a reason, not a fault; a missing one is a fault",
    async run(rig) {
      const environment = await rig.environment();
      const corrupt = digestBytes(rig.program("corrupt").artifact);
      const admission = await environment.admit(corrupt, rig.call());
      ensure(!admission.isAdmitted, "it was admitted");
      ensure(
        admission.reason.length > 0 && admission.reason.length <= 512,
        "no reason, or a novel",
      );
      const missing = digestBytes(new Uint8Array(Buffer.from("nobody has this")));
      await ensureFault(() => environment.admit(missing, rig.call()), {
        code: "resource.missing",
        effect: "none",
      });
    },
  },
  {
    id: "EE-11",
    law: "Creating with the same key and spec gives the same instance",
    async run(rig) {
      const environment = await rig.environment();
      const call = rig.call({ key: `same-${rig.position}` });
      const spec = rig.spec("echo");
      const [first, second] = await Promise.all([
        environment.create(spec, call),
        environment.create({ ...spec }, call),
      ]);
      const third = await environment.create(spec, call);
      for (const next of [second, third]) ensureEqual(next.handle, first.handle, "the handle");
      ensureEqual(first.handle.key, call.key, "the handle's key");
      const listed = await rig.list(environment);
      const same = listed.filter((each) => each.key === call.key);
      ensureEqual(same.length, 1, "instances of that key in the inventory");
      await rig.retire(first);
    },
  },
  {
    id: "EE-12",
    law: "The same key with another spec is refused without effect",
    async run(rig) {
      const environment = await rig.environment();
      const call = rig.call({ key: `other-${rig.position}` });
      const instance = await environment.create(rig.spec("echo"), call);
      const before = await rig.list(environment);
      await ensureFault(() => environment.create(rig.spec("fail"), call), {
        code: "idempotency.mismatch",
        effect: "none",
      });
      ensureEqual(await rig.list(environment), before, "inventory");
      await rig.retire(instance);
    },
  },
];

/** How often, and after how long each, bad news is looked for. */
const newsTries = 200;
const newsMs = 5;

/** How long "nothing happens" is watched. */
const quietMs = 30;
