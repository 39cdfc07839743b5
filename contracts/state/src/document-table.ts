import { type CborValue, decodeCbor, encodeCbor } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type { Schema } from "@bedplate/schema";
import type { StateCheck, StateEntry, StateOp, Version } from "./state-driver.ts";
import { textOfKey } from "./state-key.ts";
import type { StateStore, Waiting } from "./state-store.ts";

/** How documents become bytes: `json` for all that JSON holds, `cbor` for bytes and big integers. */
export type DocumentForm = "json" | "cbor";

/** What a table is. */
export interface DocumentTableOptions<T> {
  /** Begins every key, before a slash. */
  readonly name: string;
  readonly schema: Schema<T>;
  /** Default: `json`. */
  readonly form?: DocumentForm | undefined;
}

/** A document as it stands. */
export interface StoredDocument<T> {
  readonly id: string;
  readonly document: T;
  readonly version: Version;
  readonly revision: number;
}

/** Part of a table; `next` is there when more may follow. */
export interface DocumentPage<T> {
  readonly documents: readonly StoredDocument<T>[];
  readonly next?: string | undefined;
}

/** Which part of a table to list. */
export interface DocumentRange {
  /** Only ids with this prefix. */
  readonly prefix?: string | undefined;
  readonly reverse?: boolean | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/**
 * Schema-checked documents under one name. It reads by itself; writes are checks and ops for
 * `StateStore.commit`, so that documents of several tables change in one step.
 */
export class DocumentTable<T> {
  readonly name: string;
  readonly #schema: Schema<T>;
  readonly #form: DocumentForm;

  constructor({ name, schema, form = "json" }: DocumentTableOptions<T>) {
    this.name = name;
    this.#schema = schema;
    this.#form = form;
  }

  /** The key of an id. */
  key(id: string): string {
    return `${this.name}/${id}`;
  }

  /** Writes a document. */
  put(id: string, document: T): StateOp<string> {
    if (!this.#schema.accepts(document)) this.#schema.parse(document, { op: "state.put" });
    return { put: this.key(id), value: this.#encode(document) };
  }

  delete(id: string): StateOp<string> {
    return { delete: this.key(id) };
  }

  /** Requires that no document has the id. */
  absent(id: string): StateCheck<string> {
    return { key: this.key(id), is: "absent" };
  }

  /** Requires that the document is as it was read. */
  at({ id, version }: Pick<StoredDocument<T>, "id" | "version">): StateCheck<string> {
    return { key: this.key(id), is: { version } };
  }

  /** The document of an id; null when there is none. */
  async get(
    store: StateStore,
    id: string,
    options: Waiting = {},
  ): Promise<StoredDocument<T> | null> {
    const entry = await store.get(this.key(id), options);
    return entry && this.read(entry);
  }

  /** One page in the order of the ids. */
  async list(
    store: StateStore,
    { prefix = "", ...range }: DocumentRange = {},
    options: Waiting = {},
  ): Promise<DocumentPage<T>> {
    const page = await store.list({ ...range, prefix: this.key(prefix) }, options);
    const documents = page.entries.map((entry) => this.read(entry));
    return { documents, ...(page.next !== undefined && { next: page.next }) };
  }

  /** Reads an entry of this table, for example one that a watch yielded. */
  read(entry: StateEntry): StoredDocument<T> {
    const id = textOfKey(entry.key).slice(this.name.length + 1);
    const { version, revision } = entry;
    return { id, document: this.#decode(entry.value, id), version, revision };
  }

  #encode(document: T): Uint8Array {
    if (this.#form === "cbor") return encodeCbor(document as CborValue);
    return new TextEncoder().encode(JSON.stringify(document));
  }

  #decode(value: Uint8Array, id: string): T {
    try {
      const plain = this.#form === "cbor" ? decodeCbor(value) : JSON.parse(textOfKey(value));
      return this.#schema.parse(plain);
    } catch (cause) {
      throw raise("data.corrupt", {
        op: "state.read",
        subject: this.key(id),
        detail: { what: this.key(id) },
        message: `Cannot read ${this.key(id)}: its bytes are no document of the table`,
        cause,
      });
    }
  }
}
