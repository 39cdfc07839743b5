import type { Fault } from "@bedplate/errors";
import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** Bytes in JSON: a text that stands for its UTF-8, or base64. */
export type BytesView = { readonly text: string } | { readonly base64: string };

/** Bounds of a run; whole numbers. */
export interface BudgetView {
  readonly fuel?: number | undefined;
  readonly wallMs?: number | undefined;
  readonly cpuMs?: number | undefined;
  readonly memoryBytes?: number | undefined;
  readonly outputBytes?: number | undefined;
  readonly depth?: number | undefined;
}

/** What to run. */
export interface SubmitRunBody {
  /** Default: guessed from the artifact's name and first bytes. */
  readonly slot?: string | undefined;
  readonly artifact: BytesView | { readonly digest: string };
  /** The file's name: for tracebacks, and to guess the slot. */
  readonly name?: string | undefined;
  /** Default: `main`. */
  readonly entry?: string | undefined;
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly stdin?: BytesView | undefined;
  /** Files that the program finds, by absolute path. */
  readonly files?: Readonly<Record<string, BytesView>> | undefined;
  /** Raw input of a contract, in place of `args`, `env`, `stdin` and `files`. */
  readonly input?: BytesView | undefined;
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  readonly budget?: BudgetView | undefined;
  readonly priority?: number | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Answer when the run has ended. Default: answer when it was accepted. */
  readonly wait?: boolean | undefined;
}

/** How a run ended, as far as the guest is concerned. */
export interface OutcomeView {
  readonly kind: "returned" | "reverted" | "trapped" | "exhausted" | "refused";
  readonly exitCode?: number | undefined;
  readonly reason?: string | undefined;
  readonly meter?: string | undefined;
  /** Result bytes, while they are few; `GET /v1/runs/{id}/output` has them always. */
  readonly output?: BytesView | undefined;
}

export interface UsageView {
  readonly fuel: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly memoryBytes: number;
  readonly outputBytes: number;
}

export interface RunView {
  readonly id: string;
  readonly project: string;
  readonly slot: string;
  /** `name@version`. */
  readonly release: string;
  readonly build: string;
  readonly artifact: string;
  readonly name?: string | undefined;
  readonly entry: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly budget: BudgetView;
  readonly priority: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly phase: "queued" | "running" | "done" | "failed" | "cancelled";
  readonly attempts: number;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly startedAt?: number | undefined;
  readonly finishedAt?: number | undefined;
  readonly outcome?: OutcomeView | undefined;
  readonly usage?: UsageView | undefined;
  readonly receipt?: string | undefined;
  readonly fault?: FaultView | undefined;
}

/** A fault in an answer. */
export type FaultView = Fault;

export interface RunPageView {
  readonly runs: readonly RunView[];
  readonly next?: string | undefined;
}

export interface RunQuery {
  /** Wait for the end this long before answering. */
  readonly waitMs?: number | undefined;
}

export interface RunListQuery {
  readonly slot?: string | undefined;
  readonly phase?: RunView["phase"] | undefined;
  /** `name=value`, several separated by commas. */
  readonly labels?: string | undefined;
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

export interface LogQuery {
  /** Go on until the run ends. */
  readonly follow?: boolean | undefined;
}

/** A piece of what the guest wrote. */
export interface LogView {
  readonly topic: string;
  readonly data: BytesView;
}

export interface ReplayView {
  readonly isSame: boolean;
  readonly recorded: string;
  readonly replayed: string;
}

const closed = { additionalProperties: false } as const;
const optional = Type.Optional;
const amount = () => optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }));
const texts = () =>
  Type.Record(
    Type.String({ pattern: "^[^\\0]{1,128}$" }),
    Type.String({ maxLength: 4096 }),
    closed,
  );

export const bytesType: Type.TUnsafe<BytesView> = Type.Unsafe<BytesView>(
  Type.Union([
    Type.Object({ text: Type.String() }, closed),
    Type.Object({ base64: Type.String({ pattern: "^[A-Za-z0-9+/]*={0,2}$" }) }, closed),
  ]),
);

export const digestType: Type.TString = Type.String({ pattern: "^sha256:[0-9a-f]{64}$" });

const budgetType = Type.Object(
  {
    fuel: amount(),
    wallMs: amount(),
    cpuMs: amount(),
    memoryBytes: amount(),
    outputBytes: amount(),
    depth: amount(),
  },
  closed,
);

const phaseType = Type.Union([
  Type.Literal("queued"),
  Type.Literal("running"),
  Type.Literal("done"),
  Type.Literal("failed"),
  Type.Literal("cancelled"),
]);

export const outcomeType: Type.TUnsafe<OutcomeView> = Type.Unsafe<OutcomeView>(
  Type.Object({
    kind: Type.Union([
      Type.Literal("returned"),
      Type.Literal("reverted"),
      Type.Literal("trapped"),
      Type.Literal("exhausted"),
      Type.Literal("refused"),
    ]),
    exitCode: optional(Type.Integer()),
    reason: optional(Type.String()),
    meter: optional(Type.String()),
    output: optional(bytesType),
  }),
);

export const faultViewType: Type.TUnsafe<FaultView> = Type.Unsafe<FaultView>(
  Type.Object({
    code: Type.String(),
    kind: Type.String(),
    effect: Type.String(),
    retry: Type.String(),
    retryAfterMs: optional(Type.Number()),
    blame: Type.String(),
    op: Type.String(),
    subject: optional(Type.String()),
    detail: Type.Record(Type.String(), Type.Unknown()),
    message: Type.String(),
    causes: Type.Array(Type.Unknown()),
  }),
);

const runType = Type.Object({
  id: Type.String(),
  project: Type.String(),
  slot: Type.String(),
  release: Type.String(),
  build: Type.String(),
  artifact: digestType,
  name: optional(Type.String()),
  entry: Type.String(),
  config: Type.Record(Type.String(), Type.Unknown()),
  budget: budgetType,
  priority: Type.Integer(),
  labels: texts(),
  phase: phaseType,
  attempts: Type.Integer(),
  createdAt: Type.Integer(),
  startedAt: optional(Type.Integer()),
  finishedAt: optional(Type.Integer()),
  outcome: optional(outcomeType),
  usage: optional(
    Type.Object({
      fuel: Type.Number(),
      wallMs: Type.Number(),
      cpuMs: Type.Number(),
      memoryBytes: Type.Number(),
      outputBytes: Type.Number(),
    }),
  ),
  receipt: optional(digestType),
  fault: optional(faultViewType),
});

/** Longest list of arguments and of files. */
export const argsMax = 1024;

export const submitRunSchema: Schema<SubmitRunBody> = defineSchema(
  Type.Object(
    {
      slot: optional(Type.String({ pattern: "^[a-z][a-z0-9-]{0,63}$" })),
      artifact: Type.Union([
        Type.Object({ digest: digestType }, closed),
        Type.Object({ text: Type.String() }, closed),
        Type.Object({ base64: Type.String({ pattern: "^[A-Za-z0-9+/]*={0,2}$" }) }, closed),
      ]),
      name: optional(Type.String({ minLength: 1, maxLength: 256 })),
      entry: optional(Type.String({ minLength: 1, maxLength: 256 })),
      args: optional(Type.Array(Type.String(), { maxItems: argsMax })),
      env: optional(texts()),
      stdin: optional(bytesType),
      files: optional(Type.Record(Type.String({ pattern: "^/" }), bytesType, closed)),
      input: optional(bytesType),
      config: optional(Type.Record(Type.String(), Type.Unknown())),
      budget: optional(budgetType),
      priority: optional(Type.Integer({ minimum: 0, maximum: 9 })),
      labels: optional(texts()),
      wait: optional(Type.Boolean()),
    },
    closed,
  ),
);

export const runViewSchema: Schema<RunView> = defineSchema(runType);

export const runPageSchema: Schema<RunPageView> = defineSchema(
  Type.Object({ runs: Type.Array(runType), next: optional(Type.String()) }),
);

export const runQuerySchema: Schema<RunQuery> = defineSchema(
  Type.Object({ waitMs: optional(Type.Integer({ minimum: 0, maximum: 60_000 })) }, closed),
);

export const runListQuerySchema: Schema<RunListQuery> = defineSchema(
  Type.Object(
    {
      slot: optional(Type.String()),
      phase: optional(phaseType),
      labels: optional(Type.String({ maxLength: 4096 })),
      limit: optional(Type.Integer({ minimum: 1, maximum: 200 })),
      cursor: optional(Type.String({ maxLength: 4096 })),
    },
    closed,
  ),
);

export const logQuerySchema: Schema<LogQuery> = defineSchema(
  Type.Object({ follow: optional(Type.Boolean()) }, closed),
);

export const logViewSchema: Schema<LogView> = defineSchema(
  Type.Object({ topic: Type.String(), data: bytesType }),
);

export const replayViewSchema: Schema<ReplayView> = defineSchema(
  Type.Object({ isSame: Type.Boolean(), recorded: Type.String(), replayed: Type.String() }),
);
