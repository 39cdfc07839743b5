import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type { BudgetView } from "./run-views.ts";

export interface ArtifactView {
  readonly digest: string;
  readonly bytes: number;
}

export interface EnvironmentView {
  readonly slot: string;
  /** `name@version`. */
  readonly release: string;
  readonly build: string;
  readonly isHealthy: boolean;
  readonly reason?: string | undefined;
  /** Runs on it now. */
  readonly uses: number;
  readonly facets: readonly string[];
  /** The manifest, whole. */
  readonly manifest: Readonly<Record<string, unknown>>;
}

export interface EnvironmentListView {
  readonly environments: readonly EnvironmentView[];
  /** What this host does not mount, and why. */
  readonly missing: readonly { readonly slot: string; readonly reason: string }[];
}

export interface ReleaseView {
  readonly name: string;
  readonly version: string;
  readonly build: string;
  readonly phase: "registered" | "retired";
  readonly grants: readonly string[];
  readonly registeredAt: number;
  /** Digest of its files, where it was registered from files of the host. */
  readonly files?: string | undefined;
}

/** A plug-in in the host's files, below the folder that the operator allows. */
export interface RegisterBody {
  /** A program that serves the wire, or a module that exports a plug-in. */
  readonly kind: "program" | "module";
  /** Absolute path on the server's host. All of its files are the release. */
  readonly folder: string;
  /** The file in the folder that is started or loaded. */
  readonly main: string;
  /** What executes a program's file, for example `python3`. */
  readonly interpreter?: string | undefined;
  /** Arguments of a program. */
  readonly args?: readonly string[] | undefined;
  /** The export of a module. Default: `plugin`. */
  readonly exportName?: string | undefined;
  /** Digest that the folder's files must have. */
  readonly files?: string | undefined;
  /** What it may use of what it wants. */
  readonly grants?: readonly string[] | undefined;
  /** Fits the schema in its manifest. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
}

export interface BindBody {
  readonly name: string;
  readonly version: string;
}

export interface UnbindQuery {
  /** How long old work may go on. Default: 60 000. */
  readonly drainMs?: number | undefined;
}

export interface SwapBody {
  readonly name: string;
  readonly version: string;
  /** How long old work may go on. Default: 60 000. */
  readonly drainMs?: number | undefined;
}

export interface BindingView {
  readonly slot: string;
  readonly generation: number;
  readonly release: string;
}

export interface RetireBody {
  readonly drainMs?: number | undefined;
  readonly orphans?: "refuse" | "migrate" | "stop" | undefined;
}

export interface PolicyView {
  readonly ceiling: BudgetView;
  readonly standard: BudgetView;
  readonly onExcess: "clamp" | "refuse";
  readonly isolation: "none" | "language" | "process" | "kernel" | "hypervisor";
  readonly determinism: "none" | "replayable" | "bit-exact";
  readonly projects: readonly string[];
}

export interface CodeListingView {
  readonly instructionSet: string;
  readonly units: readonly {
    readonly name: string;
    readonly start: number;
    readonly end: number;
    readonly instructions: readonly string[];
    readonly blocks: readonly {
      readonly start: number;
      readonly end: number;
      readonly cost: number;
      readonly successors: readonly (number | string)[];
    }[];
  }[];
}

export interface EventView {
  readonly id: string;
  readonly at: number;
  readonly action: string;
  readonly subject: string;
  readonly detail: Readonly<Record<string, string | number>>;
}

export interface EventPageView {
  readonly events: readonly EventView[];
  readonly next?: string | undefined;
}

export interface PageQuery {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

const optional = Type.Optional;
const closed = { additionalProperties: false } as const;
const budgetType = Type.Unsafe<BudgetView>(
  Type.Record(Type.String(), Type.Integer({ minimum: 0 })),
);
const drainMs = () => optional(Type.Integer({ minimum: 0, maximum: 3_600_000 }));
const version = () => Type.String({ pattern: "^\\d+\\.\\d+\\.\\d+" });

export const artifactViewSchema: Schema<ArtifactView> = defineSchema(
  Type.Object({ digest: Type.String(), bytes: Type.Integer() }),
);

const environmentType = Type.Object({
  slot: Type.String(),
  release: Type.String(),
  build: Type.String(),
  isHealthy: Type.Boolean(),
  reason: optional(Type.String()),
  uses: Type.Integer(),
  facets: Type.Array(Type.String()),
  manifest: Type.Record(Type.String(), Type.Unknown()),
});

export const environmentViewSchema: Schema<EnvironmentView> = defineSchema(environmentType);

export const environmentListSchema: Schema<EnvironmentListView> = defineSchema(
  Type.Object({
    environments: Type.Array(environmentType),
    missing: Type.Array(Type.Object({ slot: Type.String(), reason: Type.String() })),
  }),
);

const releaseType = Type.Object({
  name: Type.String(),
  version: Type.String(),
  build: Type.String(),
  phase: Type.Union([Type.Literal("registered"), Type.Literal("retired")]),
  grants: Type.Array(Type.String()),
  registeredAt: Type.Integer(),
  files: optional(Type.String()),
});

export const releaseViewSchema: Schema<ReleaseView> = defineSchema(releaseType);

export const releaseListSchema: Schema<{ readonly releases: readonly ReleaseView[] }> =
  defineSchema(Type.Object({ releases: Type.Array(releaseType) }));

const path = () => Type.String({ minLength: 1, maxLength: 4096, pattern: "^[^\\0]*$" });

export const registerSchema: Schema<RegisterBody> = defineSchema(
  Type.Object(
    {
      kind: Type.Union([Type.Literal("program"), Type.Literal("module")]),
      folder: path(),
      main: path(),
      interpreter: optional(Type.String({ minLength: 1, maxLength: 64 })),
      args: optional(
        Type.Array(Type.String({ maxLength: 4096, pattern: "^[^\\0]*$" }), { maxItems: 64 }),
      ),
      exportName: optional(Type.String({ pattern: "^[A-Za-z_$][A-Za-z0-9_$]{0,127}$" })),
      files: optional(Type.String({ pattern: "^sha256:[0-9a-f]{64}$" })),
      grants: optional(Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { maxItems: 64 })),
      config: optional(Type.Record(Type.String(), Type.Unknown())),
    },
    closed,
  ),
);

export const bindSchema: Schema<BindBody> = defineSchema(
  Type.Object({ name: Type.String({ minLength: 1 }), version: version() }, closed),
);

export const unbindQuerySchema: Schema<UnbindQuery> = defineSchema(
  Type.Object({ drainMs: drainMs() }, closed),
);

export const swapSchema: Schema<SwapBody> = defineSchema(
  Type.Object(
    {
      name: Type.String({ minLength: 1 }),
      version: version(),
      drainMs: drainMs(),
    },
    closed,
  ),
);

export const bindingViewSchema: Schema<BindingView> = defineSchema(
  Type.Object({ slot: Type.String(), generation: Type.Integer(), release: Type.String() }),
);

export const retireSchema: Schema<RetireBody> = defineSchema(
  Type.Object(
    {
      drainMs: drainMs(),
      orphans: optional(
        Type.Union([Type.Literal("refuse"), Type.Literal("migrate"), Type.Literal("stop")]),
      ),
    },
    closed,
  ),
);

export const policyViewSchema: Schema<PolicyView> = defineSchema(
  Type.Object(
    {
      ceiling: budgetType,
      standard: budgetType,
      onExcess: Type.Union([Type.Literal("clamp"), Type.Literal("refuse")]),
      isolation: Type.Union([
        Type.Literal("none"),
        Type.Literal("language"),
        Type.Literal("process"),
        Type.Literal("kernel"),
        Type.Literal("hypervisor"),
      ]),
      determinism: Type.Union([
        Type.Literal("none"),
        Type.Literal("replayable"),
        Type.Literal("bit-exact"),
      ]),
      projects: Type.Array(Type.String(), { maxItems: 1000 }),
    },
    closed,
  ),
);

export const codeListingSchema: Schema<CodeListingView> = defineSchema(
  Type.Object({
    instructionSet: Type.String(),
    units: Type.Array(
      Type.Object({
        name: Type.String(),
        start: Type.Integer(),
        end: Type.Integer(),
        instructions: Type.Array(Type.String()),
        blocks: Type.Array(
          Type.Object({
            start: Type.Integer(),
            end: Type.Integer(),
            cost: Type.Integer(),
            successors: Type.Array(Type.Union([Type.Number(), Type.String()])),
          }),
        ),
      }),
    ),
  }),
);

const eventType = Type.Object({
  id: Type.String(),
  at: Type.Integer(),
  action: Type.String(),
  subject: Type.String(),
  detail: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])),
});

export const eventPageSchema: Schema<EventPageView> = defineSchema(
  Type.Object({ events: Type.Array(eventType), next: optional(Type.String()) }),
);

export const pageQuerySchema: Schema<PageQuery> = defineSchema(
  Type.Object(
    {
      limit: optional(Type.Integer({ minimum: 1, maximum: 200 })),
      cursor: optional(Type.String({ maxLength: 4096 })),
    },
    closed,
  ),
);
