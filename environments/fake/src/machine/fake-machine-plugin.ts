import { definePlugin, type Plugin } from "@bedplate/environment";
import { FakeOperations } from "../fake-operations.ts";
import type { FakeOptions } from "../fake-options.ts";
import type { FakeMachine } from "./fake-machine.ts";
import { FakeMachineEnvironment } from "./fake-machine-environment.ts";
import type { FakeHosts } from "./fake-network.ts";
import { FakeVolumes } from "./fake-volumes.ts";
import { type FakeMachineDeclares, machineManifest } from "./machine-manifest.ts";

/** What a test may choose of fake machines; by default they are named `fake-machine`. */
export interface FakeMachineOptions extends FakeOptions {
  /** The network outside: addresses by host name. Default: `outside.test` and `inside.test`. */
  readonly hosts?: FakeHosts | undefined;
  /** Whether a snapshot may be restored more than once. Default: `many`. */
  readonly clones?: "single" | "many" | undefined;
  /** Whether machines can have volumes. Default: true. */
  readonly hasVolumes?: boolean | undefined;
}

/** A public and a private host; the addresses are those of RFC 5737 and RFC 1918. */
const defaultHosts: FakeHosts = { "outside.test": "203.0.113.7", "inside.test": "10.0.0.9" };

/** An environment of machines in memory, with every facet that machines have. They live in the plug-in. */
export function fakeMachinePlugin(options: FakeMachineOptions = {}): Plugin<FakeMachineDeclares> {
  const manifest = machineManifest(options);
  const room = new Map<string, FakeMachine>();
  const volumes = new FakeVolumes();
  const operations = new FakeOperations(options);
  const { hosts = defaultHosts } = options;
  return definePlugin<FakeMachineDeclares>({
    manifest,
    async open(host, _config, call) {
      await operations.begin("open", call.signal);
      return new FakeMachineEnvironment({ host, manifest, room, volumes, operations, hosts });
    },
    ...(options.hooks && { hooks: options.hooks }),
  });
}
