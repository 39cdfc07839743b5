import { type Digest, digestBytes } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type { KeyedCall } from "../call.ts";
import {
  type CaptureRequest,
  layerFormat,
  type SnapshotDriver,
  type SnapshotManifest,
  type SnapshotParams,
  type SnapshotSink,
  snapshotChunkBytesMax,
} from "../facets/snapshot.ts";
import { FacetGate } from "./facet-gate.ts";
import type { GateContext } from "./gate-context.ts";

interface Capturing {
  isOver: boolean;
  /** Why the sink took no more. */
  failure: Error | undefined;
}

/** Wraps a driver's `snapshot`: what the manifest names was given, and nothing else was. */
export class GatedSnapshot implements SnapshotDriver {
  readonly #driver: SnapshotDriver;
  readonly #params: SnapshotParams;
  readonly #gate: FacetGate;

  constructor(
    driver: SnapshotDriver,
    options: { readonly params: SnapshotParams; readonly context: GateContext },
  ) {
    this.#driver = driver;
    this.#params = options.params;
    this.#gate = new FacetGate("snapshot", options.context);
  }

  capture(request: CaptureRequest, call: KeyedCall): Promise<SnapshotManifest> {
    return this.#gate.do("capture", call, async () => {
      this.#checkRequest(request);
      const given = new Map<Digest, number>();
      const capturing: Capturing = { isOver: false, failure: undefined };
      const sink = this.#watched(request.sink, { given, capturing, signal: call.signal });
      try {
        const manifest = await this.#driver.capture({ ...request, sink }, call);
        this.#checkManifest(manifest, request, given);
        return manifest;
      } catch (error) {
        throw capturing.failure ?? error;
      } finally {
        capturing.isOver = true;
      }
    });
  }

  #checkRequest({ scope, parent }: CaptureRequest): void {
    if (!this.#params.scopes.includes(scope)) {
      throw this.#gate.undeclared("capture", `scopes: ${scope}`);
    }
    if (parent !== undefined && !this.#params.incremental) {
      throw this.#gate.undeclared("capture", "incremental");
    }
  }

  /** Once the caller left or the capture failed, nothing more is taken. */
  #watched(
    sink: SnapshotSink,
    options: {
      readonly given: Map<Digest, number>;
      readonly capturing: Capturing;
      readonly signal: AbortSignal;
    },
  ): SnapshotSink {
    const { given, capturing, signal } = options;
    return async (chunk) => {
      signal.throwIfAborted();
      if (capturing.isOver) throw over();
      if (chunk.length === 0 || chunk.length > snapshotChunkBytesMax) {
        throw this.#gate.broken("capture", "a chunk is empty or too long");
      }
      given.set(digestBytes(chunk), chunk.length);
      try {
        await sink(chunk);
      } catch (cause) {
        capturing.failure = this.#gate.cutOff("capture", cause);
        throw capturing.failure;
      }
    };
  }

  #checkManifest(
    manifest: SnapshotManifest,
    request: CaptureRequest,
    given: ReadonlyMap<Digest, number>,
  ): void {
    const { scope, format, by, chunks, clones } = manifest;
    const refuse = (what: string) => this.#gate.broken("capture", what);
    if (scope !== request.scope) throw refuse("it captured something else");
    const formats = scope === "layer" ? [layerFormat.name] : this.#params.formats;
    if (!formats.includes(format.name)) throw refuse("its format is not declared");
    if (by.plugin !== this.#gate.context.release) throw refuse("it names another build");
    if (clones !== this.#params.clones) throw refuse("it promises other clones than declared");
    const had = new Map(request.parent?.chunks.map((each) => [each.digest, each.bytes]));
    for (const { digest, bytes } of chunks) {
      if (given.get(digest) === bytes || had.get(digest) === bytes) continue;
      throw refuse("it names a chunk that was not given");
    }
    const named = new Set(chunks.map(({ digest }) => digest));
    if ([...given.keys()].some((each) => !named.has(each))) {
      throw refuse("a chunk was given that it does not name");
    }
  }
}

function over(): Error {
  return raise("resource.closed", {
    op: "instance.snapshot.capture",
    detail: { type: "capture" },
    message: "Cannot take the chunk: the capture is over",
  });
}
