import {
  type ArtifactView,
  type BindBody,
  type BindingView,
  bindSlot,
  type CodeListingView,
  type CreateKeyBody,
  createKey,
  decodeArtifact,
  type EnvironmentListView,
  type EnvironmentView,
  type EventPageView,
  getArtifact,
  getEnvironment,
  getPolicy,
  type KeyView,
  listEnvironments,
  listJournal,
  listKeys,
  listProjects,
  listReleases,
  type NewKeyView,
  type PageQuery,
  type PolicyView,
  type ProjectView,
  putArtifact,
  putPolicy,
  putProject,
  type QuotaBody,
  type RegisterBody,
  type ReleaseView,
  type RetireBody,
  registerRelease,
  retireRelease,
  revokeKey,
  type SwapBody,
  swapSlot,
  type UnbindQuery,
  unbindSlot,
} from "@bedplate/routes";
import type { Transport } from "./transport.ts";

/** Content-addressed inputs. */
export class ArtifactsClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  put(bytes: Uint8Array): Promise<ArtifactView> {
    return this.#transport.call(putArtifact, { body: bytes });
  }

  get(digest: string): Promise<Uint8Array> {
    return this.#transport.call(getArtifact, { params: { digest } });
  }
}

/** What is mounted. */
export class EnvironmentsClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  list(): Promise<EnvironmentListView> {
    return this.#transport.call(listEnvironments);
  }

  get(slot: string): Promise<EnvironmentView> {
    return this.#transport.call(getEnvironment, { params: { slot } });
  }

  decode(slot: string, bytes: Uint8Array): Promise<CodeListingView> {
    return this.#transport.call(decodeArtifact, { params: { slot }, body: bytes });
  }
}

/** Releases, bindings, policies. */
export class RegistryClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async releases(): Promise<readonly ReleaseView[]> {
    return (await this.#transport.call(listReleases)).releases;
  }

  /** Registers a plug-in from the files of the server's host. */
  register(body: RegisterBody): Promise<ReleaseView> {
    return this.#transport.call(registerRelease, { body });
  }

  /** Binds a slot that is new. */
  bind(slot: string, body: BindBody): Promise<BindingView> {
    return this.#transport.call(bindSlot, { params: { slot }, body });
  }

  async unbind(slot: string, query: UnbindQuery = {}): Promise<void> {
    await this.#transport.call(unbindSlot, { params: { slot }, query });
  }

  swap(slot: string, body: SwapBody): Promise<BindingView> {
    return this.#transport.call(swapSlot, { params: { slot }, body });
  }

  async retire(
    release: { readonly name: string; readonly version: string },
    body: RetireBody = {},
  ): Promise<void> {
    await this.#transport.call(retireRelease, { params: { ...release }, body });
  }

  policy(slot: string): Promise<PolicyView> {
    return this.#transport.call(getPolicy, { params: { slot } });
  }

  setPolicy(slot: string, body: PolicyView): Promise<PolicyView> {
    return this.#transport.call(putPolicy, { params: { slot }, body });
  }

  journal(query: PageQuery = {}): Promise<EventPageView> {
    return this.#transport.call(listJournal, { query });
  }
}

/** Keys and projects. */
export class AccessClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  createKey(body: CreateKeyBody): Promise<NewKeyView> {
    return this.#transport.call(createKey, { body });
  }

  async keys(): Promise<readonly KeyView[]> {
    return (await this.#transport.call(listKeys)).keys;
  }

  revokeKey(id: string): Promise<KeyView> {
    return this.#transport.call(revokeKey, { params: { id } });
  }

  async projects(): Promise<readonly ProjectView[]> {
    return (await this.#transport.call(listProjects)).projects;
  }

  putProject(id: string, quota: QuotaBody): Promise<ProjectView> {
    return this.#transport.call(putProject, { params: { id }, body: { quota } });
  }
}
