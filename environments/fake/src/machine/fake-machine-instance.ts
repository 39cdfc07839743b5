import type {
  Call,
  Caps,
  Exit,
  FacetsOf,
  InstanceDriver,
  InstanceHandle,
  InstanceStatus,
  KeyedCall,
  StopOptions,
} from "@bedplate/environment";
import { noUsage } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { fakeExec } from "./fake-exec.ts";
import { fakeFiles } from "./fake-files.ts";
import type { FakeMachine } from "./fake-machine.ts";
import { captureMachine } from "./fake-snapshot.ts";
import type { FakeMachineDeclares } from "./machine-manifest.ts";

/** A way to one machine; several hosts, one after the other, may hold one. */
export class FakeMachineInstance implements InstanceDriver<FakeMachineDeclares> {
  readonly handle: InstanceHandle;
  readonly facets: FacetsOf<FakeMachineDeclares>;
  readonly #machine: FakeMachine;
  readonly #onReleased: () => void;

  constructor(
    machine: FakeMachine,
    options: { readonly clones: "single" | "many"; readonly onReleased: () => void },
  ) {
    const { handle, operations, network, ports } = machine;
    this.#machine = machine;
    this.#onReleased = options.onReleased;
    this.handle = handle;
    this.facets = {
      exec: fakeExec(machine),
      files: fakeFiles(machine),
      serve: ports.driver,
      egress: {
        async set(policy, call) {
          await operations.begin("egress.set", call.signal);
          network.set(policy);
        },
      },
      pause: {
        async pause(call) {
          await operations.begin("pause.pause", call.signal);
          if (machine.phase === "running") machine.move("paused");
        },
        async resume(call) {
          await operations.begin("pause.resume", call.signal);
          if (machine.phase === "paused") machine.move("running");
        },
      },
      resize: { resize: (to, call) => this.#resize(to, call) },
      snapshot: {
        async capture(request, call) {
          await operations.begin("snapshot.capture", call.signal);
          const { clones } = options;
          return await captureMachine(machine, request, { build: handle.release, clones });
        },
      },
    };
  }

  async start(call: KeyedCall): Promise<void> {
    await this.#begin("start", call);
    if (this.#machine.phase !== "created") return;
    this.#machine.move("running");
    for (const each of this.#machine.live) each.run();
  }

  async status(call: Call): Promise<InstanceStatus> {
    await this.#begin("status", call);
    const { phase, sinceAt, exit, resources } = this.#machine;
    return { phase, sinceAt, usage: noUsage, resources, ...(exit && { exit }) };
  }

  async stop(how: StopOptions, call: KeyedCall): Promise<Exit> {
    await this.#begin("stop", call);
    return this.#machine.stop(how);
  }

  async release(call: KeyedCall): Promise<void> {
    await this.#begin("release", call);
    await this.#machine.release();
    this.#onReleased();
  }

  async #resize(to: Caps, call: Call): Promise<Caps> {
    const machine = this.#machine;
    await machine.operations.begin("resize.resize", call.signal);
    const { resources } = machine;
    for (const name of ["memoryBytes", "processes", "diskBytes"] as const) {
      const bound = to[name];
      if (bound !== undefined && bound < (resources[name] ?? 0)) throw inUse(name, this.handle.id);
    }
    machine.caps = { ...machine.caps, ...to };
    return machine.caps;
  }

  async #begin(verb: "start" | "status" | "stop" | "release", call: Call): Promise<void> {
    await this.#machine.operations.begin(verb, call.signal);
  }
}

function inUse(cap: string, id: string): Error {
  return raise("resource.busy", {
    op: "instance.resize",
    detail: { type: cap, id, by: "the machine itself" },
    message: `Cannot resize the machine: it uses more ${cap} than that`,
  });
}
