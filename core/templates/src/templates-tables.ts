import {
  blobPartsType,
  type LayerBlobs,
  layerBlobsType,
  type RootConfig,
  rootConfigType,
} from "@bedplate/oci";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { DocumentTable } from "@bedplate/state";
import { type PulledImage, pulledImageSchema } from "./image.ts";
import {
  type Build,
  type BuildLogEntry,
  buildSchema,
  logEntrySchema,
  type Template,
  templateSchema,
} from "./template.ts";

/** A build that has not ended: who does it, and until when that counts. */
export interface OpenBuild {
  readonly id: string;
  readonly project: string;
  /** Whose environment does its steps. */
  readonly slot: string;
  readonly replica: string;
  readonly until: number;
}

/** What a step made of what was before it. */
export interface DoneStep {
  /** Absent where it only changed the config. */
  readonly layer?: LayerBlobs | undefined;
  readonly config: RootConfig;
  readonly doneAt: number;
}

/** An archive for COPY steps. */
export interface BuildFiles {
  readonly artifact: string;
  readonly bytes: number;
  readonly at: number;
}

/** The parts of a layer that was read from a registry, by the digest of its packed bytes. */
export interface KnownLayer {
  readonly parts: LayerBlobs["parts"];
  readonly at: number;
}

/** What a root that machines may stand on needs: nothing that it names is swept. */
export interface KeptRoot {
  readonly parts: readonly string[];
  readonly at: number;
}

const closed = { additionalProperties: false } as const;
const instant = () => Type.Integer({ minimum: 0 });

/** `template/<project>/<id>` */
export const templateTable: DocumentTable<Template> = new DocumentTable({
  name: "template",
  schema: templateSchema,
});

/** `name/<project>/<name>`: which template has a name. */
export const nameTable: DocumentTable<{ readonly id: string }> = new DocumentTable({
  name: "name",
  schema: defineSchema(Type.Object({ id: Type.String() }, closed)),
});

/** `build/<project>/<id>` */
export const buildTable: DocumentTable<Build> = new DocumentTable({
  name: "build",
  schema: buildSchema,
});

/** `open/<id>` */
export const openTable: DocumentTable<OpenBuild> = new DocumentTable({
  name: "open",
  schema: defineSchema(
    Type.Object(
      {
        id: Type.String(),
        project: Type.String(),
        slot: Type.String(),
        replica: Type.String(),
        until: instant(),
      },
      closed,
    ),
  ),
});

/** `log/<build>/<number>` */
export const logTable: DocumentTable<BuildLogEntry> = new DocumentTable({
  name: "log",
  schema: logEntrySchema,
});

/** `step/<project>/<digest>`: steps that were done, by all that they depend on. */
export const stepTable: DocumentTable<DoneStep> = new DocumentTable({
  name: "step",
  schema: defineSchema(
    Type.Object(
      { layer: Type.Optional(layerBlobsType), config: rootConfigType, doneAt: instant() },
      closed,
    ),
  ) as Schema<DoneStep>,
});

/** `files/<project>/<digest of the name>` */
export const filesTable: DocumentTable<BuildFiles> = new DocumentTable({
  name: "files",
  schema: defineSchema(
    Type.Object({ artifact: Type.String(), bytes: Type.Integer(), at: instant() }, closed),
  ),
});

/** `image/<project>/<digest of the reference>` */
export const imageTable: DocumentTable<PulledImage> = new DocumentTable({
  name: "image",
  schema: pulledImageSchema,
});

/** `layer/<project>/<digest>` */
export const layerTable: DocumentTable<KnownLayer> = new DocumentTable({
  name: "layer",
  schema: defineSchema(Type.Object({ parts: blobPartsType, at: instant() }, closed)),
});

/** `root/<project>/<digest>` */
export const rootTable: DocumentTable<KeptRoot> = new DocumentTable({
  name: "root",
  schema: defineSchema(Type.Object({ parts: Type.Array(Type.String()), at: instant() }, closed)),
});
