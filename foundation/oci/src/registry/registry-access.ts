import type { IncomingMessage } from "node:http";
import { raise } from "@bedplate/errors";
import { type Challenge, readChallenge } from "./challenge.ts";
import { exchange, type Reach, readAnswer } from "./exchange.ts";

/** How one registry is reached. */
export interface RegistryPlace {
  /** Its API, for example `https://registry-1.docker.io`. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Whether it stands in the operator's own networks: then also without TLS. Default: false. */
  readonly isInside?: boolean | undefined;
}

/** Most redirections of one request. */
const redirectsMax = 5;

/** Largest answer of a token service. */
const tokenBytesMax = 256 * 1024;

/** Requests to one registry, with the token that it asks for. */
export class RegistryAccess {
  readonly #place: RegistryPlace;
  readonly #silenceMs: number;
  #authorization: string | undefined;

  constructor(place: RegistryPlace, options: { readonly silenceMs: number }) {
    this.#place = place;
    this.#silenceMs = options.silenceMs;
  }

  get host(): string {
    return new URL(this.#place.url).host;
  }

  /** The answer to a GET; one that asks for a token is asked again with it, once. */
  async get(
    path: string,
    options: { readonly headers?: Readonly<Record<string, string>>; readonly signal: AbortSignal },
  ): Promise<IncomingMessage> {
    const url = new URL(path, this.#place.url);
    const answer = await this.#follow(url, options);
    if (answer.statusCode !== 401) return answer;
    answer.destroy();
    const challenge = readChallenge(answer.headers["www-authenticate"]);
    this.#authorization = await this.#meet(challenge, options.signal);
    return this.#follow(url, options);
  }

  async #follow(
    first: URL,
    options: { readonly headers?: Readonly<Record<string, string>>; readonly signal: AbortSignal },
  ): Promise<IncomingMessage> {
    let url = first;
    for (let count = 0; count <= redirectsMax; count += 1) {
      // Where blobs are kept is another host: it must not get the registry's token.
      const isOwn = url.origin === first.origin;
      const authorization = isOwn ? this.#authorization : undefined;
      const answer = await exchange(url, {
        headers: { ...options.headers, ...(authorization !== undefined && { authorization }) },
        reach: this.#reach(),
        silenceMs: this.#silenceMs,
        signal: options.signal,
      });
      const { statusCode = 0, headers } = answer;
      if (![301, 302, 303, 307, 308].includes(statusCode)) return answer;
      answer.destroy();
      if (headers.location === undefined || !URL.canParse(headers.location, url.href)) break;
      url = new URL(headers.location, url);
    }
    throw this.#odd(`it redirects more than ${redirectsMax} times, or to nowhere`);
  }

  /** What goes into the `authorization` header from now on. */
  async #meet(challenge: Challenge | undefined, signal: AbortSignal): Promise<string> {
    const basic = this.#basic();
    if (challenge === undefined) throw this.#denied();
    if (challenge.scheme === "basic") {
      if (basic === undefined) throw this.#denied();
      return basic;
    }
    const url = new URL(challenge.realm);
    if (challenge.service !== undefined) url.searchParams.set("service", challenge.service);
    if (challenge.scope !== undefined) url.searchParams.set("scope", challenge.scope);
    const answer = await exchange(url, {
      headers: basic === undefined ? {} : { authorization: basic },
      reach: this.#reach(),
      silenceMs: this.#silenceMs,
      signal,
    });
    if (answer.statusCode !== 200) {
      answer.destroy();
      throw this.#denied();
    }
    return `Bearer ${this.#tokenOf(await readAnswer(answer, tokenBytesMax))}`;
  }

  #tokenOf(bytes: Uint8Array): string {
    try {
      const said = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
      const token = said["token"] ?? said["access_token"];
      if (typeof token === "string" && /^[\x21-\x7e]+$/.test(token)) return token;
    } catch {
      // The same as an answer without a token.
    }
    throw this.#odd("its token service gave no token");
  }

  #basic(): string | undefined {
    const { username, password } = this.#place;
    if (username === undefined || password === undefined) return undefined;
    return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  }

  #reach(): Reach {
    return { isInside: this.#place.isInside === true };
  }

  #denied(): Error {
    return raise("provider.denied", {
      op: "image.pull",
      detail: { provider: `registry ${this.host}` },
      message: `Cannot read from ${this.host}: it does not let us in`,
    });
  }

  #odd(why: string): Error {
    return raise("provider.unavailable", {
      op: "image.pull",
      retry: "never",
      detail: { provider: `registry ${this.host}` },
      message: `Cannot read from ${this.host}: ${why}`,
    });
  }
}
