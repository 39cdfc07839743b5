import { type Clock, systemClock } from "@bedplate/clock";
import {
  type Call,
  type Environment,
  type Manifest,
  newCall,
  openEnvironment,
  type Plugin,
} from "@bedplate/environment";
import type { Cell, OpenCell } from "./cell.ts";
import { CellPool } from "./cell-pool.ts";
import type { Mount, MountHealth, MountOpenOptions } from "./mount.ts";
import { PooledEnvironment } from "./pooled-environment.ts";
import { type RestartPolicy, restartPolicyDefault } from "./restart-policy.ts";

export interface PooledMountOptions {
  readonly manifest: Manifest;
  readonly where: "worker" | "process";
  readonly openCell: OpenCell;
  readonly cells: number;
  /** A cell that is running already, for the first environment that is opened. */
  readonly first: Cell;
  readonly restarts?: Partial<RestartPolicy> | undefined;
  readonly clock?: Clock | undefined;
}

/** How long a mount waits for its environments when it closes. */
const closeTimeoutMs = 5_000;

/** A mount whose environments live in cells. Each `open` has cells of its own. */
export class PooledMount implements Mount {
  readonly manifest: Manifest;
  readonly plugin: Plugin;
  readonly where: "worker" | "process";
  readonly #options: PooledMountOptions;
  readonly #opened = new Map<CellPool, PooledEnvironment>();
  #spare: Cell | undefined;

  constructor(options: PooledMountOptions) {
    this.#options = options;
    this.manifest = options.manifest;
    this.where = options.where;
    this.plugin = {
      manifest: options.manifest,
      open: (host, config, call) => this.#openPool({ host, config }, call),
    };
    this.#spare = options.first;
  }

  open(options: MountOpenOptions, call: Call): Promise<Environment> {
    const { host, config, ceiling, guard, now, instancesMax } = options;
    let environment: PooledEnvironment | undefined;
    const plugin: Plugin = {
      manifest: this.manifest,
      open: async (port, checked, opening) => {
        environment = await this.#openPool({ host: port, config: checked }, opening);
        return environment;
      },
    };
    const kill = (handle?: Parameters<PooledEnvironment["kill"]>[0]) => environment?.kill(handle);
    const gate = { host, config, ceiling, guard, now, instancesMax, kill };
    return openEnvironment(plugin, gate, call);
  }

  health(): MountHealth {
    const pools = [...this.#opened.keys()];
    const restarts = pools.reduce((sum, each) => sum + each.restarts, 0);
    const bad = pools.map((each) => each.health.latest).find((each) => each?.isHealthy === false);
    return { isHealthy: bad === undefined, reason: bad?.reason, restarts };
  }

  kill(): void {
    for (const environment of this.#opened.values()) environment.kill(undefined);
  }

  async close(): Promise<void> {
    const spare = this.#spare;
    this.#spare = undefined;
    spare?.kill("the mount was closed");
    const call = newCall({ principal: "environment.remote", timeoutMs: closeTimeoutMs });
    await Promise.all([
      spare?.ended,
      ...[...this.#opened.values()].map((each) => each.close(call)),
    ]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #openPool(
    given: Pick<MountOpenOptions, "host" | "config">,
    call: Call,
  ): Promise<PooledEnvironment> {
    const { manifest, openCell, cells, clock = systemClock } = this.#options;
    const restarts = { ...restartPolicyDefault, ...this.#options.restarts };
    const { host, config } = given;
    const pool = new CellPool({ manifest, openCell, cells, host, config, restarts, clock });
    const first = this.#spare;
    this.#spare = undefined;
    await pool.open(call, first);
    const onClosed = () => this.#opened.delete(pool);
    const now = () => clock.now();
    const environment = new PooledEnvironment(pool, { manifest, now, onClosed });
    this.#opened.set(pool, environment);
    return environment;
  }
}
