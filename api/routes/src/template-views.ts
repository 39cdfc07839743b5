import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { digestType } from "./run-views.ts";

/** One step of a build, in the words of Dockerfiles. */
export type BuildStepView =
  | {
      readonly kind: "RUN";
      readonly command: string;
      readonly user?: string | undefined;
      readonly timeoutMs?: number | undefined;
    }
  | {
      readonly kind: "COPY";
      readonly from: string;
      readonly to: string;
      readonly files: string;
      readonly owner?: string | undefined;
      readonly mode?: string | undefined;
    }
  | { readonly kind: "ENV"; readonly variables: Readonly<Record<string, string>> }
  | { readonly kind: "WORKDIR"; readonly path: string }
  | { readonly kind: "USER"; readonly name: string }
  | { readonly kind: "CMD"; readonly words: readonly string[] };

/** What is run when a machine of a template starts. */
export interface StartPlanView {
  readonly command: string;
  readonly ready?: string | undefined;
  readonly readyMs?: number | undefined;
}

/** Caps of machines of a template that name none. */
export interface TemplateCapsView {
  readonly cpuMillis?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly processes?: number | undefined;
  readonly diskBytes?: number | undefined;
  readonly inodes?: number | undefined;
}

export interface BuildTemplateBody {
  readonly name: string;
  readonly tags?: readonly string[] | undefined;
  readonly caps?: TemplateCapsView | undefined;
  /** `host`, `template:NAME[:TAG]`, `image:REFERENCE` or `artifact:DIGEST`. */
  readonly from: string;
  readonly steps: readonly BuildStepView[];
  readonly start?: StartPlanView | undefined;
  /** Does steps again that were done before. */
  readonly isForced?: boolean | undefined;
  readonly slot?: string | undefined;
  /** Whether steps reach the public network. Default: true. */
  readonly hasNetwork?: boolean | undefined;
}

export interface TemplateView {
  readonly id: string;
  readonly name: string;
  /** Which build each tag stands for. */
  readonly tags: Readonly<Record<string, string>>;
  readonly lastBuild: string;
  readonly caps: TemplateCapsView;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface TemplateListView {
  readonly templates: readonly TemplateView[];
}

export interface BuildView {
  readonly id: string;
  readonly template: string;
  readonly phase: "waiting" | "building" | "ready" | "failed";
  readonly tags: readonly string[];
  /** The artifact that machines are made of. */
  readonly root?: string | undefined;
  readonly failure?: { readonly message: string; readonly step?: number | undefined } | undefined;
  readonly createdAt: number;
  readonly startedAt?: number | undefined;
  readonly endedAt?: number | undefined;
}

export interface BuildListView {
  readonly builds: readonly BuildView[];
}

export interface BuildQuery {
  readonly waitMs?: number | undefined;
}

export interface BuildLogQuery {
  readonly from?: number | undefined;
  readonly follow?: boolean | undefined;
}

export interface BuildLogView {
  readonly at: number;
  readonly time: number;
  readonly level: "info" | "warn" | "error";
  readonly text: string;
  readonly step?: number | undefined;
}

export interface TagBody {
  /** For each tag, another tag or a build that it is to stand for; null takes it away. */
  readonly tags: Readonly<Record<string, string | null>>;
}

export interface BuildFilesView {
  readonly artifact: string;
  readonly bytes: number;
}

export interface PullBody {
  /** `[REGISTRY/]REPOSITORY[:TAG][@DIGEST]` */
  readonly reference: string;
}

export interface ImageQuery {
  readonly reference: string;
}

export interface ImageView {
  readonly reference: string;
  readonly digest: string;
  /** The artifact that machines are made of. */
  readonly root: string;
  readonly bytes: number;
  readonly layers: number;
  readonly pulledAt: number;
}

export interface ImageListView {
  readonly images: readonly ImageView[];
}

const closed = { additionalProperties: false } as const;
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const instant = () => Type.Integer({ minimum: 0 });
const tag = () => Type.String({ pattern: "^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$" });
const amount = () => Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }));

/** Longest script of a step. */
const scriptMax = 65_536;

const capsType: Type.TUnsafe<TemplateCapsView> = Type.Unsafe<TemplateCapsView>(
  Type.Object(
    {
      cpuMillis: amount(),
      memoryBytes: amount(),
      processes: amount(),
      diskBytes: amount(),
      inodes: amount(),
    },
    closed,
  ),
);

const stepType: Type.TUnsafe<BuildStepView> = Type.Unsafe<BuildStepView>(
  Type.Union([
    Type.Object(
      {
        kind: Type.Literal("RUN"),
        command: text(scriptMax),
        user: Type.Optional(text(129)),
        timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_600_000 })),
      },
      closed,
    ),
    Type.Object(
      {
        kind: Type.Literal("COPY"),
        from: text(4096),
        to: text(4096),
        files: text(256),
        owner: Type.Optional(text(129)),
        mode: Type.Optional(Type.String({ pattern: "^[0-7]{3,4}$" })),
      },
      closed,
    ),
    Type.Object(
      {
        kind: Type.Literal("ENV"),
        variables: Type.Record(Type.String(), Type.String({ maxLength: scriptMax })),
      },
      closed,
    ),
    Type.Object({ kind: Type.Literal("WORKDIR"), path: text(4096) }, closed),
    Type.Object({ kind: Type.Literal("USER"), name: text(129) }, closed),
    Type.Object(
      {
        kind: Type.Literal("CMD"),
        words: Type.Array(text(scriptMax), { minItems: 1, maxItems: 256 }),
      },
      closed,
    ),
  ]),
);

export const buildTemplateSchema: Schema<BuildTemplateBody> = defineSchema(
  Type.Object(
    {
      name: Type.String({
        pattern: "^[a-z0-9][a-z0-9._-]{0,62}(/[a-z0-9][a-z0-9._-]{0,62})?$",
        description: "small letters, digits and . _ -",
      }),
      tags: Type.Optional(Type.Array(tag(), { maxItems: 100 })),
      caps: Type.Optional(capsType),
      from: text(1024),
      steps: Type.Array(stepType, { maxItems: 200 }),
      start: Type.Optional(
        Type.Object(
          {
            command: text(scriptMax),
            ready: Type.Optional(text(scriptMax)),
            readyMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 300_000 })),
          },
          closed,
        ),
      ),
      isForced: Type.Optional(Type.Boolean()),
      slot: Type.Optional(text(128)),
      hasNetwork: Type.Optional(Type.Boolean()),
    },
    closed,
  ),
);

const templateType = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    tags: Type.Record(Type.String(), Type.String()),
    lastBuild: Type.String(),
    caps: capsType,
    createdAt: instant(),
    updatedAt: instant(),
  },
  closed,
);

export const templateViewSchema: Schema<TemplateView> = defineSchema(templateType);

export const templateListSchema: Schema<TemplateListView> = defineSchema(
  Type.Object({ templates: Type.Array(templateType) }, closed),
);

const buildType = Type.Object(
  {
    id: Type.String(),
    template: Type.String(),
    phase: Type.Union(
      (["waiting", "building", "ready", "failed"] as const).map((each) => Type.Literal(each)),
    ),
    tags: Type.Array(Type.String()),
    root: Type.Optional(digestType),
    failure: Type.Optional(
      Type.Object({ message: Type.String(), step: Type.Optional(Type.Integer()) }, closed),
    ),
    createdAt: instant(),
    startedAt: Type.Optional(instant()),
    endedAt: Type.Optional(instant()),
  },
  closed,
);

export const buildViewSchema: Schema<BuildView> = defineSchema(buildType);

export const buildListSchema: Schema<BuildListView> = defineSchema(
  Type.Object({ builds: Type.Array(buildType) }, closed),
);

export const buildQuerySchema: Schema<BuildQuery> = defineSchema(
  Type.Object({ waitMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000 })) }, closed),
);

export const buildLogQuerySchema: Schema<BuildLogQuery> = defineSchema(
  Type.Object(
    {
      from: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
      follow: Type.Optional(Type.Boolean()),
    },
    closed,
  ),
);

export const buildLogViewSchema: Schema<BuildLogView> = defineSchema(
  Type.Object(
    {
      at: instant(),
      time: instant(),
      level: Type.Union([Type.Literal("info"), Type.Literal("warn"), Type.Literal("error")]),
      text: Type.String(),
      step: Type.Optional(Type.Integer()),
    },
    closed,
  ),
);

export const tagSchema: Schema<TagBody> = defineSchema(
  Type.Object(
    {
      tags: Type.Record(Type.String(), Type.Union([text(128), Type.Null()]), {
        maxProperties: 100,
      }),
    },
    closed,
  ),
);

export const buildFilesSchema: Schema<BuildFilesView> = defineSchema(
  Type.Object({ artifact: digestType, bytes: Type.Integer({ minimum: 0 }) }, closed),
);

const referenceType = () => Type.String({ minLength: 1, maxLength: 512 });

export const pullSchema: Schema<PullBody> = defineSchema(
  Type.Object({ reference: referenceType() }, closed),
);

export const imageQuerySchema: Schema<ImageQuery> = defineSchema(
  Type.Object({ reference: referenceType() }, closed),
);

const imageType = Type.Object(
  {
    reference: Type.String(),
    digest: Type.String(),
    root: digestType,
    bytes: Type.Integer({ minimum: 0 }),
    layers: Type.Integer({ minimum: 0 }),
    pulledAt: instant(),
  },
  closed,
);

export const imageViewSchema: Schema<ImageView> = defineSchema(imageType);

export const imageListSchema: Schema<ImageListView> = defineSchema(
  Type.Object({ images: Type.Array(imageType) }, closed),
);
