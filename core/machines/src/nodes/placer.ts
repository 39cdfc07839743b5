import type { Clock } from "@bedplate/clock";
import { isFault, toFault } from "@bedplate/errors";
import { type PlacementOptions, placeAll, wordReason } from "@bedplate/placement";
import type { StateFence } from "@bedplate/state";
import type { Log } from "@bedplate/telemetry";
import type { Machine } from "../machine.ts";
import { followMachines } from "../machine-changes.ts";
import type { Placing } from "../machine-nodes.ts";
import type { MachineChange, MachineStore } from "../machine-store.ts";
import { expired } from "../node/local-control.ts";
import { placed, waitsForNode } from "../placed.ts";
import { ClusterView } from "./cluster-view.ts";
import { homeless } from "./homeless.ts";
import type { StandardSize } from "./machine-size.ts";
import type { NodeDirectory } from "./node-directory.ts";
import { NodeWatch } from "./node-watch.ts";
import type { PlacementLease } from "./placement-lease.ts";

/** What a placer is built from. */
export interface PlacerModules {
  readonly store: MachineStore;
  readonly directory: NodeDirectory;
  readonly lease: PlacementLease;
  readonly clock: Clock;
  readonly log: Log;
}

/** What an operator decides about placement. */
export interface PlacerSettings extends PlacementOptions {
  /** A node that was not heard of for so long is lost. */
  readonly lostMs: number;
  readonly size: StandardSize;
}

/** How often one looks around where nothing happens. */
const tickMs = 1_000;

/** Gives nodes to machines that wait, while this replica has the right to; the others wait for it. */
export class Placer implements AsyncDisposable {
  readonly #modules: PlacerModules;
  readonly #settings: PlacerSettings;
  readonly #view: ClusterView;
  readonly #watch: NodeWatch;
  readonly #stopping = new AbortController();
  #nap = new AbortController();
  #isTold = false;
  #isLoaded = false;
  #listening: Disposable | undefined;
  #loops: Promise<void>[] = [];

  constructor(modules: PlacerModules, settings: PlacerSettings) {
    this.#modules = modules;
    this.#settings = settings;
    this.#view = new ClusterView(settings.size);
    this.#watch = new NodeWatch(modules, settings);
  }

  /** Takes the right to place where nobody has it, and begins. */
  async start(): Promise<void> {
    const { store, clock } = this.#modules;
    const { signal } = this.#stopping;
    const tell = (machine: Machine) => this.#tell(machine);
    const onGap = () => {
      this.#isLoaded = false;
    };
    this.#listening = store.onChange(tell);
    // What others commit while it looks at all for the first time is told afterwards.
    const after = await store.state.head();
    await this.#tick();
    const onGone = ({ id }: { readonly id: string }) => {
      this.#view.forget(id);
      this.wake();
    };
    const options = { clock, signal, tell, onGone, onGap, after };
    this.#loops = [this.#run(), followMachines(store, options)];
  }

  /** A node for a machine that is just being written down; undefined: it waits. */
  place(machine: Machine): Placing | undefined {
    const fence = this.#fence;
    if (fence === undefined || !this.#isLoaded) return undefined;
    const request = this.#view.requestOf(machine);
    const { placed: all } = this.#round([request]);
    const node = all.find((each) => each.request.id === machine.id)?.node;
    if (node === undefined) return undefined;
    this.#view.note({ ...placed(machine, node), edition: 0 });
    return { node, fence };
  }

  /** It was not written down after all. */
  forget(id: string): void {
    if (this.#view.get(id)?.edition === 0) this.#view.forget(id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort("stopping");
    this.#listening?.[Symbol.dispose]();
    this.#nap.abort("stopping");
    await Promise.all(this.#loops);
    await this.#modules.lease[Symbol.asyncDispose]();
  }

  get #fence(): StateFence | undefined {
    return this.#modules.lease.fence;
  }

  #tell(machine: Machine): void {
    const before = this.#view.get(machine.id);
    this.#view.note(machine);
    // One that waits is placed at once, and who waits is looked at when another one leaves.
    const hasLeft = before?.node !== undefined && machine.node !== before.node;
    const isOver = machine.observed.state === "deleted";
    if (hasLeft || isOver || waitsForNode(machine)) this.wake();
  }

  /** Looks at once whether anybody can be placed. */
  wake(): void {
    this.#isTold = true;
    this.#nap.abort("told");
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#modules;
    while (!this.#stopping.signal.aborted) {
      if (!this.#isTold) {
        this.#nap = new AbortController();
        const signal = AbortSignal.any([this.#nap.signal, this.#stopping.signal]);
        await clock.sleep(tickMs, { signal }).catch(() => {});
      }
      if (this.#stopping.signal.aborted) return;
      try {
        await this.#tick();
      } catch (error) {
        if (!isFault(error)) throw error;
        log.warn("machines not placed", { code: toFault(error, "machines.place").code });
        await clock.sleep(tickMs, { signal: this.#stopping.signal }).catch(() => {});
      }
    }
  }

  async #tick(): Promise<void> {
    const { directory, lease } = this.#modules;
    this.#isTold = false;
    await directory.refresh();
    if (!(await lease.take())) {
      this.#isLoaded = false;
      return;
    }
    if (!this.#isLoaded) await this.#load();
    const isNews = await this.#watch.look(this.#view, (ref, next) => this.#change(ref, next));
    if (isNews) await directory.refresh();
    await this.#endOverdue();
    await this.#placeWaiting();
  }

  /** All that is on record; what is committed meanwhile is told, and is later. */
  async #load(): Promise<void> {
    this.#view.clear();
    for await (const machine of this.#modules.store.all()) this.#view.note(machine);
    this.#isLoaded = true;
  }

  /** One machine that cannot be ended keeps nobody from being placed. */
  async #endOverdue(): Promise<void> {
    const { clock, log } = this.#modules;
    for (const machine of this.#view.overdue(clock.now())) {
      try {
        await this.#change(machine, (each) =>
          each.node === undefined ? expired(each, clock.now()) : undefined,
        );
      } catch (error) {
        if (!isFault(error)) throw error;
        const { code } = toFault(error, "machines.expire");
        log.warn("machine not expired", { machineId: machine.id, code });
      }
    }
  }

  async #placeWaiting(): Promise<void> {
    const round = this.#round();
    await this.#writePlaced(round.placed);
    for (const { request, because } of round.waiting) {
      const machine = this.#view.get(request.id);
      const waitsBecause = wordReason(because);
      if (machine === undefined) continue;
      if (because.kind === "no-home" && because.isLost) {
        const now = this.#modules.clock.now();
        await this.#change(machine, (each) => homeless(each, { node: because.node, now }));
        continue;
      }
      if (machine.waitsBecause === waitsBecause) continue;
      await this.#change(machine, (each) =>
        waitsForNode(each) ? { machine: { ...each, waitsBecause } } : undefined,
      );
    }
  }

  /** What was chosen is taken at once: a machine that is made meanwhile does not get the same room. */
  async #writePlaced(all: ReturnType<typeof placeAll>["placed"]): Promise<void> {
    using reserved = new DisposableStack();
    for (const { request, node } of all) reserved.use(this.#view.reserve(request.id, node));
    for (const { request, node } of all) {
      const machine = this.#view.get(request.id);
      if (machine === undefined) continue;
      await this.#change(machine, (each) =>
        waitsForNode(each)
          ? { machine: placed(each, node), events: [{ kind: "scheduled", detail: { node } }] }
          : undefined,
      );
    }
  }

  #round(others: Parameters<typeof placeAll>[0]["requests"] = []): ReturnType<typeof placeAll> {
    const { directory } = this.#modules;
    const nodes = this.#view.nodes(directory.known, (name) => directory.volumeMiBOf(name));
    const requests = [...this.#view.requests(), ...others];
    const now = this.#modules.clock.now();
    return placeAll({ nodes, requests, now, options: this.#settings });
  }

  /** Under the right to place: who lost it meanwhile changes nothing. */
  async #change(
    ref: Pick<Machine, "project" | "id">,
    next: (machine: Machine) => MachineChange | undefined,
  ): Promise<void> {
    const fence = this.#fence;
    if (fence === undefined) return;
    try {
      const after = await this.#modules.store.change(ref, next, { fence });
      this.#watch.noteAnswer();
      this.#view.note(after);
    } catch (error) {
      if (isFault(error, "resource.missing")) this.#view.forget(ref.id);
      else throw error;
    }
  }
}
