import { createHmac } from "node:crypto";
import { isSameText } from "@bedplate/e2b";

/** How long a URL for an upload holds. */
const grantMs = 3600_000;

/** An upload that a URL allows. */
export interface UploadGrant {
  readonly project: string;
  /** The name of the files. */
  readonly hash: string;
}

/** URLs that allow one upload each, without a key. */
export class UploadGrants {
  readonly #secret: string;

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** The path and query of a URL. */
  pathOf(grant: UploadGrant, now: number): string {
    const expires = now + grantMs;
    const query = new URLSearchParams({ ...grant, expires: String(expires) });
    query.set("signature", this.#sign(grant, String(expires)));
    return `/templates/uploads?${query}`;
  }

  /** What a URL allows; undefined for one that is made up, changed or too old. */
  read(query: URLSearchParams, now: number): UploadGrant | undefined {
    const text = (name: string) => query.get(name) ?? "";
    const grant = { project: text("project"), hash: text("hash") };
    const expires = text("expires");
    if (!isSameText(text("signature"), this.#sign(grant, expires))) return undefined;
    return Number(expires) > now ? grant : undefined;
  }

  #sign({ project, hash }: UploadGrant, expires: string): string {
    const text = JSON.stringify(["upload", project, hash, expires]);
    return createHmac("sha256", this.#secret).update(text).digest("hex");
  }
}
