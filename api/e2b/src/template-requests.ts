import { defineSchema, type Schema, Type } from "@bedplate/schema";

const text = (maxLength: number) => Type.String({ maxLength });
const words = (maxItems: number, maxLength: number) => Type.Array(text(maxLength), { maxItems });

/** A template to build: its name, or `name:tag`. */
export interface TemplateRequest {
  readonly name?: string | undefined;
  readonly alias?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly cpuCount?: number | undefined;
  readonly memoryMB?: number | undefined;
}

export const templateRequestSchema: Schema<TemplateRequest> = defineSchema(
  Type.Object({
    name: Type.Optional(text(128)),
    alias: Type.Optional(text(128)),
    tags: Type.Optional(words(100, 128)),
    cpuCount: Type.Optional(Type.Integer({ minimum: 1, maximum: 256 })),
    memoryMB: Type.Optional(Type.Integer({ minimum: 128, maximum: 1_048_576 })),
  }),
);

/** One step of a build, as clients word it. */
export interface TemplateStep {
  readonly type: string;
  readonly args?: readonly string[] | undefined;
  readonly filesHash?: string | undefined;
  readonly force?: boolean | undefined;
}

/** What a build does. */
export interface BuildRequest {
  readonly fromImage?: string | undefined;
  readonly fromTemplate?: string | undefined;
  readonly fromImageRegistry?: unknown;
  readonly force?: boolean | undefined;
  readonly steps?: readonly TemplateStep[] | undefined;
  readonly startCmd?: string | undefined;
  readonly readyCmd?: string | undefined;
}

export const buildRequestSchema: Schema<BuildRequest> = defineSchema(
  Type.Object({
    fromImage: Type.Optional(text(1024)),
    fromTemplate: Type.Optional(text(256)),
    fromImageRegistry: Type.Optional(Type.Unknown()),
    force: Type.Optional(Type.Boolean()),
    steps: Type.Optional(
      Type.Array(
        Type.Object({
          type: text(32),
          args: Type.Optional(words(512, 65_536)),
          filesHash: Type.Optional(text(128)),
          force: Type.Optional(Type.Boolean()),
        }),
        { maxItems: 200 },
      ),
    ),
    startCmd: Type.Optional(text(65_536)),
    readyCmd: Type.Optional(text(65_536)),
  }),
);

/** Tags for a build that another tag names: `name:tag`. */
export interface TagsRequest {
  readonly target: string;
  readonly tags: readonly string[];
}

export const tagsRequestSchema: Schema<TagsRequest> = defineSchema(
  Type.Object({ target: text(256), tags: words(100, 256) }),
);

/** Tags to take away. */
export interface UntagRequest {
  readonly name: string;
  readonly tags: readonly string[];
}

export const untagRequestSchema: Schema<UntagRequest> = defineSchema(
  Type.Object({ name: text(256), tags: words(100, 256) }),
);

/** How far a build is. */
export interface BuildStatusView {
  readonly templateID: string;
  readonly buildID: string;
  readonly status: "waiting" | "building" | "ready" | "error";
  readonly logs: readonly string[];
  readonly logEntries: readonly BuildLogView[];
  readonly reason?: { readonly message: string; readonly step?: string } | undefined;
}

/** A line of a build's log. */
export interface BuildLogView {
  readonly timestamp: string;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly step?: string | undefined;
}
