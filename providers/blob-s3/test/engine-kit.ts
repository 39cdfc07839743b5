import type { BlobStore } from "@bedplate/blob";
import type { BlobKit } from "@bedplate/blob/conformance";
import { type OpenedTarget, overriding } from "@bedplate/conformance";
import { openWire, type S3Engine, type WireDirection } from "@bedplate/testkit";
import type { S3Attempts } from "../src/s3-attempts.ts";
import { openS3Target } from "./s3-kit.ts";

/** The URL of a provider for an engine, or for a wire in front of it. */
export function providerUrl(engine: S3Engine, port: number = engine.port): string {
  const { accessKey, secretKey } = engine;
  return `s3://${accessKey}:${secretKey}@bucket/prefix?endpoint=http://127.0.0.1:${port}`;
}

/** A store on an engine that others use too, through a wire of its own. */
export async function openEngineTarget(
  engine: S3Engine,
  controls: Partial<BlobKit> = {},
): Promise<OpenedTarget<BlobStore, BlobKit>> {
  const wire = await openWire(engine);
  let planned: WireDirection | undefined;
  /** Cuts the first try of the next write: its request is lost, or its answer. */
  const attempts = (honest: S3Attempts) =>
    overriding(honest, {
      write(op, send, findOwn) {
        let direction = planned;
        planned = undefined;
        const cutOnce: typeof send = async (signal) => {
          if (direction === undefined) return send(signal);
          wire.cutAfter(direction, 0);
          direction = undefined;
          return send(signal).finally(() => wire.resume());
        };
        return honest.write(op, cutOnce, findOwn);
      },
    });
  const { target, kit, ...opened } = await openS3Target(providerUrl(engine, wire.port), {
    attempts,
    controlsOf: () => ({
      cut: async (when) => {
        planned = when === "before-send" ? "to-server" : "to-client";
      },
      slow: async (ms) => (ms === 0 ? wire.resume() : wire.delay(ms)),
      ...controls,
    }),
  });
  return {
    target,
    kit,
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]();
      await wire[Symbol.asyncDispose]();
    },
  };
}
