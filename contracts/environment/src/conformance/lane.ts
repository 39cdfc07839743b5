import { newId, systemRandom } from "@bedplate/clock";
import { newCall } from "../call.ts";
import type { Environment } from "../gate/environment.ts";
import { type OpenEnvironmentOptions, openEnvironment } from "../gate/open-environment.ts";
import type { Permission } from "../host-port.ts";
import type { Manifest, Plugin } from "../manifest.ts";
import type { ConformanceSubject, Position } from "./conformance-subject.ts";
import type { Place } from "./place.ts";
import { contractProtocol, type Protocol } from "./protocol.ts";
import { RigHost } from "./rig-host.ts";

/** An open environment, and the host that was given to it. */
export interface Opened extends AsyncDisposable {
  readonly environment: Environment;
  readonly host: RigHost;
  readonly plugin: Plugin;
}

/** What a case may choose when it opens an environment of its own. */
export interface OpenOptions {
  readonly config?: unknown;
  /** Default: all that the manifest wants. */
  readonly grants?: readonly Permission[] | undefined;
  readonly owner?: string | undefined;
  /** Stands between the plug-in and the host, below the position. */
  readonly decorate?: ((plugin: Plugin) => Plugin) | undefined;
  readonly options?: Partial<OpenEnvironmentOptions> | undefined;
}

/** What makes a lane of a subject. */
export interface LaneOptions {
  readonly position: Position;
  readonly place: Place;
  /** Default: the contract's own. */
  readonly protocol?: Protocol | undefined;
}

/** One subject in one position: opens environments there, and keeps one open for the cases to share. */
export class Lane implements AsyncDisposable {
  readonly subject: ConformanceSubject;
  readonly position: Position;
  readonly protocol: Protocol;
  readonly #place: Place;
  #shared: Promise<Opened> | undefined;

  constructor(subject: ConformanceSubject, options: LaneOptions) {
    this.subject = subject;
    this.position = options.position;
    this.protocol = options.protocol ?? contractProtocol;
    this.#place = options.place;
  }

  get manifest(): Manifest {
    return this.subject.plugin.manifest;
  }

  /** The environment that cases share. */
  shared(): Promise<Opened> {
    this.#shared ??= this.open();
    return this.#shared;
  }

  /** A plug-in as it stands in this position. */
  place(plugin: Plugin): Plugin {
    return this.#place.plugin(plugin);
  }

  /** Opens one more environment of the same plug-in. */
  async open(options: OpenOptions = {}): Promise<Opened> {
    const { subject } = this;
    const { decorate = (plugin) => plugin, grants = this.manifest.wants } = options;
    const owner = options.owner ?? newId("host", Date.now(), systemRandom);
    const host = new RigHost({ owner, grants, programs: subject.programs });
    const plugin = this.place(decorate(subject.plugin));
    const open = subject.open ?? openEnvironment;
    const config = options.config ?? subject.config ?? {};
    const chosen = this.#place.options({ host: host.port, config, ...options.options });
    const environment = await open(plugin, chosen, this.#call());
    return {
      environment: this.#place.environment(environment),
      host,
      plugin,
      [Symbol.asyncDispose]: () => environment.close(this.#call()),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const shared = this.#shared;
    this.#shared = undefined;
    await (await shared?.catch(() => undefined))?.[Symbol.asyncDispose]();
  }

  #call() {
    return newCall({ principal: "conformance", timeoutMs: this.subject.timeoutMs ?? 30_000 });
  }
}
