import type { Digest } from "@bedplate/codec";
import type { JsonSchema } from "@bedplate/schema";
import type { Call } from "./call.ts";
import type { EnvironmentDriver } from "./environment-driver.ts";
import type { Declares } from "./facets/facet-spec.ts";
import type { HostPort, Permission } from "./host-port.ts";
import type { ContractRange, Feature } from "./negotiation.ts";
import type { Profile } from "./profile.ts";

/** Everything a host may know of an environment without running it: plain data. */
export interface Manifest<D extends Declares = Declares> {
  readonly plugin: {
    readonly name: string;
    readonly version: string;
    /** Digest of what will run; the registry checks it when it is given the bytes. */
    readonly build: Digest;
  };
  readonly speaks: readonly ContractRange[];
  readonly profile: Profile;
  readonly declares: D;
  /** JSON Schema 2020-12 of the release's config; checked before the plug-in runs. */
  readonly configSchema: JsonSchema;
  /** JSON Schema of `InstanceSpec.config`. */
  readonly instanceSchema: JsonSchema;
  readonly dependsOn: readonly Dependency[];
  readonly wants: readonly Permission[];
  readonly features: readonly Feature[];
  /** File endings and leading bytes by which a caller guesses this environment. */
  readonly recognises: readonly ArtifactHint[];
  readonly provenance?: Provenance | undefined;
}

export interface Dependency {
  readonly name: string;
  /** A semver range. */
  readonly range: string;
  readonly isOptional: boolean;
}

export interface ArtifactHint {
  /** With its dot, for example `.py`. */
  readonly extension?: string | undefined;
  /** Hex of the first bytes. */
  readonly magic?: string | undefined;
}

export interface Provenance {
  readonly source: { readonly repository: string; readonly commit: string };
  readonly builder: string;
  readonly materials: readonly Digest[];
  readonly signatures: readonly Signature[];
}

/** An Ed25519 signature over the bytes of the build digest's text. */
export interface Signature {
  readonly keyId: string;
  /** Base64. */
  readonly value: string;
}

/** An environment as it is packaged: data, and a way to open it. */
export interface Plugin<D extends Declares = Declares> {
  readonly manifest: Manifest<D>;
  /** `config` has been checked against `manifest.configSchema`. */
  open(host: HostPort, config: unknown, call: Call): Promise<EnvironmentDriver<D>>;
  readonly hooks?: Hooks | undefined;
}

/** Called by the registry, each with a deadline. Register and bind may refuse; drain and retire may not. */
export interface Hooks {
  onRegister?(call: Call): Promise<void>;
  onBind?(slot: string, call: Call): Promise<void>;
  onDrain?(deadlineAt: number, call: Call): Promise<void>;
  onRetire?(call: Call): Promise<void>;
}

/** Checks a plug-in's facets against its manifest at compile time, and returns it as it is. */
export function definePlugin<const D extends Declares>(plugin: Plugin<D>): Plugin<D> {
  return plugin;
}

/** Forgets which facets a plug-in declares, for whoever keeps plug-ins of many kinds. */
export function erasePlugin<D extends Declares>(plugin: Plugin<D>): Plugin {
  return plugin as unknown as Plugin;
}
