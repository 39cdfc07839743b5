import { digestBytes } from "@bedplate/codec";
import type { FaultCode } from "@bedplate/errors";
import { facetNames } from "../facets/facet-spec.ts";
import type { Plugin } from "../manifest.ts";
import type { CaseRig } from "./case-rig.ts";
import { ensure } from "./expectations.ts";
import { overlay } from "./overlay.ts";
import { failingRuns } from "./planted-faults.ts";

/** One way to make a fault happen. */
export interface Provocation {
  readonly code: FaultCode;
  /** It opens an environment of its own, so the shared one shows nothing of it. */
  readonly opensItsOwn: boolean;
  run(rig: CaseRig): Promise<unknown>;
}

/** Every code that this contract raises, with a way to provoke it. The rest of the registry belongs to other contracts. */
export const provocations: readonly Provocation[] = [
  inPlace("argument.invalid", (rig) => rig.runFresh("echo", { entry: "no-such-entry" })),
  inPlace("argument.critical", async (rig) => {
    const environment = await rig.environment();
    const call = { ...rig.call(), critical: ["a-later-member"] };
    await environment.admit(rig.spec("echo").artifact, call);
  }),
  inPlace("capability.undeclared", async (rig) => {
    const instance = await rig.instance("echo");
    const name = facetNames.find((each) => !rig.declares(each));
    ensure(name !== undefined, "there is no facet that is not declared");
    instance.facet(name);
  }),
  inPlace("idempotency.mismatch", async (rig) => {
    const environment = await rig.environment();
    const call = rig.call();
    const first = await environment.create(rig.spec("echo"), call);
    try {
      await environment.create(rig.spec("fail"), call);
    } finally {
      await rig.retire(first);
    }
  }),
  inPlace("phase.illegal", async (rig) => {
    const instance = await rig.instance("echo", { isStarted: false });
    await rig.run(instance, "echo");
  }),
  inPlace("resource.missing", async (rig) => {
    const environment = await rig.environment();
    await environment.admit(digestBytes(new Uint8Array([0, 9])), rig.call());
  }),
  apart("resource.closed", async (rig) => {
    const { environment } = await rig.open();
    await environment.close(rig.call());
    await environment.admit(rig.spec("echo").artifact, rig.call());
  }),
  apart("quota.exceeded", async (rig) => {
    const { environment } = await rig.open({ options: { instancesMax: 0 } });
    await environment.create(rig.spec("echo"), rig.call());
  }),
  apart("permission.denied", async (rig) => {
    const decorate = (plugin: Plugin): Plugin =>
      overlay(plugin, { manifest: { ...plugin.manifest, wants: ["device:none"] } });
    await rig.open({ decorate, grants: [] });
  }),
  apart("contract.incompatible", async (rig) => {
    const decorate = (plugin: Plugin): Plugin =>
      overlay(plugin, { manifest: { ...plugin.manifest, speaks: [] } });
    await rig.open({ decorate });
  }),
  apart("provider.unavailable", async (rig) => {
    const { environment, host } = await rig.open();
    host.failBlobs(true);
    await environment.admit(rig.spec("echo").artifact, rig.call());
  }),
  apart("deadline.exceeded", (rig) => {
    const never = new Promise<never>(() => {});
    const decorate = (plugin: Plugin): Plugin =>
      overlay(plugin, {
        open: async (host, config, call) => {
          const driver = await plugin.open(host, config, call);
          return overlay(driver, { admit: () => never });
        },
      });
    return rig
      .open({ decorate })
      .then(({ environment }) =>
        environment.admit(rig.spec("echo").artifact, rig.call({ timeoutMs: 20 })),
      );
  }),
  apart("internal.bug", (rig) => failingRuns(rig, () => new TypeError("a planted bug"))),
];

type Run = (rig: CaseRig) => Promise<unknown>;

function inPlace(code: FaultCode, run: Run): Provocation {
  return { code, opensItsOwn: false, run };
}

function apart(code: FaultCode, run: Run): Provocation {
  return { code, opensItsOwn: true, run };
}
