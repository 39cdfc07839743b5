import type { IncomingMessage } from "node:http";
import { isFault, raise } from "@bedplate/errors";
import { checkedBytes, sha256 } from "../image/checked-bytes.ts";
import { type Descriptor, documentBytesMax } from "../image/image-documents.ts";
import type { ImageDocument, ImageSource } from "../image/image-source.ts";
import { readAnswer, unreached } from "./exchange.ts";
import { type ImageReference, referenceText } from "./reference.ts";
import { RegistryAccess, type RegistryPlace } from "./registry-access.ts";

/** How a registry is read. */
export interface RegistrySourceOptions {
  readonly place: RegistryPlace;
  /** Longest silence of the registry. Default: 30 s. */
  readonly silenceMs?: number | undefined;
  /** Pause before the first attempt that follows a failed one; each further one waits twice as long. */
  readonly pauseMs?: number | undefined;
}

/** Attempts at one blob, each from where the last one broke off. */
const attemptsMax = 4;

/** Requests for one blob, however far each of them came. */
const requestsMax = 64;

const silenceMsDefault = 30_000;
const pauseMsDefault = 500;

const accept = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** An image in a registry, read as the distribution specification has it. */
export function registrySource(
  reference: ImageReference,
  options: RegistrySourceOptions,
): ImageSource {
  const { place, silenceMs = silenceMsDefault, pauseMs = pauseMsDefault } = options;
  const reader = new RegistryReader(reference, {
    access: new RegistryAccess(place, { silenceMs }),
    pauseMs,
  });
  return {
    top: (signal) => reader.manifest(reference.version, signal),
    document: (descriptor, signal) => reader.document(descriptor, signal),
    layer: (descriptor, signal) => checkedBytes(reader.blob(descriptor, signal), descriptor),
  };
}

class RegistryReader {
  readonly #reference: ImageReference;
  readonly #access: RegistryAccess;
  readonly #pauseMs: number;

  constructor(
    reference: ImageReference,
    options: { readonly access: RegistryAccess; readonly pauseMs: number },
  ) {
    this.#reference = reference;
    this.#access = options.access;
    this.#pauseMs = options.pauseMs;
  }

  manifest(version: string, signal: AbortSignal): Promise<ImageDocument> {
    return this.#again(signal, async () => {
      const path = `/v2/${this.#reference.repository}/manifests/${version}`;
      const answer = await this.#access.get(path, { headers: { accept }, signal });
      this.#demand(answer, [200]);
      const bytes = await this.#whole(answer, documentBytesMax);
      const digest = sha256(bytes);
      if (version.startsWith("sha256:") && digest !== version) throw otherBytes(version, digest);
      const mediaType = (answer.headers["content-type"] ?? "").split(";")[0] ?? "";
      return { mediaType, bytes };
    });
  }

  /** Manifests and indexes have a path of their own; a config is a blob. */
  async document(descriptor: Descriptor, signal: AbortSignal): Promise<ImageDocument> {
    const { mediaType, digest, size } = descriptor;
    if (/manifest|image\.index/.test(mediaType)) return this.manifest(digest, signal);
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of this.blob(descriptor, signal)) {
      bytes += part.length;
      if (bytes > size) break;
      parts.push(part);
    }
    return { mediaType, bytes: Buffer.concat(parts) };
  }

  /** The bytes of a blob, over as many requests as it takes; not checked. */
  async *blob({ digest, size }: Descriptor, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let had = 0;
    let attempt = 1;
    for (let requests = 1; ; requests += 1) {
      const before = had;
      try {
        for await (const part of this.#from({ digest, had }, signal)) {
          had += part.length;
          yield part;
          if (had > size) return;
        }
        if (had >= size) return;
        throw this.#cutOff(had, size);
      } catch (error) {
        attempt = had > before ? 1 : attempt + 1;
        if (!mayRepeat(error) || attempt > attemptsMax || requests >= requestsMax) throw error;
        await pause(this.#pauseMs * 2 ** (attempt - 1), signal);
      }
    }
  }

  async *#from(
    { digest, had }: { readonly digest: string; readonly had: number },
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const path = `/v2/${this.#reference.repository}/blobs/${digest}`;
    const headers: Record<string, string> = had === 0 ? {} : { range: `bytes=${had}-` };
    const answer = await this.#access.get(path, { headers, signal });
    this.#demand(answer, [200, 206]);
    // A registry without ranges begins anew: what we have is passed over.
    let skip = answer.statusCode === 206 ? 0 : had;
    try {
      for await (const part of answer as AsyncIterable<Uint8Array>) {
        const rest = part.subarray(Math.min(skip, part.length));
        skip -= part.length - rest.length;
        if (rest.length > 0) yield rest;
      }
    } catch (cause) {
      signal.throwIfAborted();
      throw unreached(new URL(`https://${this.#access.host}`), cause);
    } finally {
      answer.destroy();
    }
  }

  async #whole(answer: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
    try {
      return await readAnswer(answer, bytesMax);
    } catch (cause) {
      throw unreached(new URL(`https://${this.#access.host}`), cause);
    }
  }

  async #again<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (!mayRepeat(error) || attempt >= attemptsMax) throw error;
        await pause(this.#pauseMs * 2 ** (attempt - 1), signal);
      }
    }
  }

  #demand(answer: IncomingMessage, wanted: readonly number[]): void {
    const { statusCode = 0 } = answer;
    if (wanted.includes(statusCode)) return;
    answer.destroy();
    const image = referenceText(this.#reference);
    if (statusCode === 404) {
      throw raise("resource.missing", {
        op: "image.pull",
        detail: { type: "image", id: image },
        message: `Cannot find ${image}: the registry has none`,
      });
    }
    const provider = `registry ${this.#access.host}`;
    const isDenied = statusCode === 401 || statusCode === 403;
    const isLater = statusCode === 429 || statusCode >= 500;
    throw raise(isDenied ? "provider.denied" : "provider.unavailable", {
      op: "image.pull",
      ...(!isDenied && !isLater && { retry: "never" as const }),
      detail: { provider },
      message: `Cannot read ${image}: the registry answered ${statusCode}`,
    });
  }

  #cutOff(had: number, size: number): Error {
    return raise("provider.unavailable", {
      op: "image.pull",
      detail: { provider: `registry ${this.#access.host}` },
      message: `Cannot read from ${this.#access.host}: it broke off after ${had} of ${size} bytes`,
    });
  }
}

function mayRepeat(error: unknown): boolean {
  return isFault(error, "provider.unavailable") && error.fault.retry !== "never";
}

function otherBytes(expected: string, actual: string): Error {
  return raise("digest.mismatch", {
    op: "image.pull",
    detail: { expected, actual },
    message: `Cannot use ${expected}: the registry gave ${actual}`,
  });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}
