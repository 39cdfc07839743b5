import { raise } from "@bedplate/errors";
import { DocumentTable } from "@bedplate/state";
import type { AccessModules } from "./access-modules.ts";
import { type ApiKey, apiKeySchema, hashKeyText, keyTextPattern } from "./api-key.ts";
import type { Principal, Role } from "./role.ts";

/** A key as it is shown once. */
export interface NewApiKey {
  readonly key: ApiKey;
  readonly text: string;
}

const table: DocumentTable<ApiKey> = new DocumentTable({ name: "key", schema: apiKeySchema });

/** How long an authenticated key is believed before it is read again: the bound on a revocation. */
export const keyCacheMs = 1_000;
const keyCacheMax = 10_000;

/** API keys: made, shown once, checked, revoked. */
export class Keys {
  readonly #modules: AccessModules;
  readonly #known = new Map<string, { readonly principal: Principal; readonly until: number }>();

  constructor(modules: AccessModules) {
    this.#modules = modules;
  }

  async create(options: {
    readonly project: string;
    readonly role: Role;
    readonly label: string;
  }): Promise<NewApiKey> {
    const { clock, random, state } = this.#modules;
    const id = textOf(random.bytes(16));
    const text = `bp_${id}_${textOf(random.bytes(32))}`;
    const key: ApiKey = { id, ...options, hash: hashKeyText(text), createdAt: clock.now() };
    await state.commit({ checks: [table.absent(id)], ops: [table.put(id, key)] });
    return { key, text };
  }

  /** Who holds this key; `key.invalid` for a text that is none, unknown or revoked. */
  async authenticate(text: string): Promise<Principal> {
    const hash = hashKeyText(text);
    const known = this.#known.get(hash);
    if (known !== undefined && known.until > this.#modules.clock.now()) return known.principal;
    const [, id] = keyTextPattern.exec(text) ?? [];
    if (id === undefined) throw invalidKey("it is not of the form bp_<id>_<secret>");
    const found = (await table.get(this.#modules.state, id))?.document;
    if (found === undefined || found.hash !== hash) throw invalidKey("it is not known");
    if (found.revokedAt !== undefined) throw invalidKey("it was revoked");
    const principal = { keyId: found.id, project: found.project, role: found.role };
    this.#remember(hash, principal);
    return principal;
  }

  /** Every key of a project, newest last. */
  async list(project: string): Promise<readonly ApiKey[]> {
    const { documents } = await table.list(this.#modules.state, { limit: 1000 });
    const keys = documents.map((each) => each.document).filter((each) => each.project === project);
    return keys.toSorted((a, b) => a.createdAt - b.createdAt);
  }

  /** Ends a key; within `keyCacheMs` nobody gets in with it. */
  async revoke(id: string, project: string): Promise<ApiKey> {
    const { clock, state } = this.#modules;
    const found = await table.get(state, id);
    if (found === null || found.document.project !== project) throw missingKey(id);
    const key = { ...found.document, revokedAt: found.document.revokedAt ?? clock.now() };
    await state.commit({ checks: [table.at(found)], ops: [table.put(id, key)] });
    this.#known.delete(key.hash);
    return key;
  }

  #remember(hash: string, principal: Principal): void {
    if (this.#known.size >= keyCacheMax) this.#known.clear();
    this.#known.set(hash, { principal, until: this.#modules.clock.now() + keyCacheMs });
  }
}

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

function textOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => alphabet.charAt(byte & 31)).join("");
}

function invalidKey(reason: string): Error {
  return raise("key.invalid", {
    op: "access.authenticate",
    detail: { reason },
    message: `Cannot accept the API key: ${reason}`,
  });
}

function missingKey(id: string): Error {
  return raise("resource.missing", {
    op: "access.revoke",
    subject: `key/${id}`,
    detail: { type: "key", id },
    message: `Cannot revoke key/${id}: there is none in this project`,
  });
}
