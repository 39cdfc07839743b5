import { mkdir } from "node:fs/promises";
import { raise } from "@bedplate/errors";
import type { ImageBounds } from "../image/apply-layer.ts";
import { readLayout } from "../image/oci-layout.ts";
import { unpackImage } from "../image/unpack-image.ts";
import { hostSkeleton } from "./host-skeleton.ts";
import { type RootReading, readRoot } from "./machine-root.ts";

/** A root file system that stands ready on this node. */
export interface PreparedRoot {
  /** Folders, lowest first. */
  readonly layers: readonly string[];
  readonly usesHost: boolean;
  /** Variables that its maker gave it. */
  readonly env: Readonly<Record<string, string>>;
}

/** Variables of a machine that names none. */
const standardEnv = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LANG: "C.UTF-8",
};

/** The root file systems of a node, each made once. */
export class Roots {
  readonly #folder: string;
  readonly #bounds: ImageBounds;

  constructor(options: { readonly dataFolder: string; readonly bounds: ImageBounds }) {
    this.#folder = `${options.dataFolder}/layers`;
    this.#bounds = options.bounds;
  }

  /** What an artifact is; an image is unpacked here, so that what cannot be is told before `create`. */
  async look(artifact: Uint8Array): Promise<RootReading> {
    const reading = readRoot(artifact);
    if (reading.kind !== "image") return reading;
    try {
      await this.#unpack(reading.layout);
      return reading;
    } catch (error) {
      return { kind: "none", reason: (error as Error).message.slice(0, 512) };
    }
  }

  async prepare(artifact: Uint8Array): Promise<PreparedRoot> {
    const reading = readRoot(artifact);
    if (reading.kind === "none") throw unusable(reading.reason);
    if (reading.kind === "host") {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      return { layers: [await hostSkeleton(this.#folder)], usesHost: true, env: standardEnv };
    }
    try {
      return await this.#unpack(reading.layout);
    } catch (error) {
      throw unusable((error as Error).message.slice(0, 512), error);
    }
  }

  async #unpack(layout: Uint8Array): Promise<PreparedRoot> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const image = await readLayout(layout);
    const path = await unpackImage(image, { folder: this.#folder, bounds: this.#bounds });
    return { layers: [path], usesHost: false, env: { ...standardEnv, ...image.env } };
  }
}

function unusable(reason: string, cause?: unknown): Error {
  return raise("argument.invalid", {
    op: "environment.create",
    detail: { path: "/artifact", rule: "a description of a root or an OCI image layout" },
    message: `Cannot create the machine: ${reason}`,
    cause,
  });
}
