import type { Digest } from "@bedplate/codec";
import { type Caps, capsSchema } from "@bedplate/environment";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { type BuildStep, buildStepType } from "./build-step.ts";
import { tagPattern, templateNamePattern } from "./root-reference.ts";
import { readyMsMax, stepsMax, stepTextMax, tagsMax } from "./template-limits.ts";

/** A root file system that is built, under a name of its project. */
export interface Template {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  /** Which build each tag stands for. */
  readonly tags: Readonly<Record<string, string>>;
  /** The last build that was asked for. */
  readonly lastBuild: string;
  /** Caps of machines that name none. */
  readonly caps: Caps;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What of a template is run when a machine of it starts. */
export interface StartPlan {
  readonly command: string;
  /** Succeeds once the machine is ready; tried again until then. */
  readonly ready?: string | undefined;
  readonly readyMs?: number | undefined;
}

/** What a build does. */
export interface BuildPlan {
  /** A root reference. */
  readonly from: string;
  readonly steps: readonly BuildStep[];
  readonly start?: StartPlan | undefined;
  /** Steps are done again even where they were done before. */
  readonly isForced: boolean;
  /** The slot whose environment does the steps. */
  readonly slot: string;
  /** Whether steps reach the public network. */
  readonly hasNetwork: boolean;
}

/** `waiting`: for its plan or for its turn. */
export type BuildPhase = "waiting" | "building" | "ready" | "failed";

/** Why a build failed. */
export interface BuildFailure {
  readonly message: string;
  /** Which step, counted from 0; absent: none of them. */
  readonly step?: number | undefined;
}

/** One way from a plan to a root file system. */
export interface Build {
  readonly id: string;
  readonly project: string;
  readonly template: string;
  readonly phase: BuildPhase;
  /** Tags that stand for it once it is ready. */
  readonly tags: readonly string[];
  readonly caps: Caps;
  readonly plan?: BuildPlan | undefined;
  /** The artifact that machines are made of. */
  readonly root?: Digest | undefined;
  readonly failure?: BuildFailure | undefined;
  readonly createdAt: number;
  readonly startedAt?: number | undefined;
  readonly endedAt?: number | undefined;
}

/** An entry of a build's log. */
export interface BuildLogEntry {
  /** Counts the entries from 0. */
  readonly at: number;
  readonly time: number;
  readonly level: "info" | "warn" | "error";
  readonly text: string;
  readonly step?: number | undefined;
}

const closed = { additionalProperties: false } as const;
const caps = Type.Unsafe<Caps>(capsSchema.jsonSchema as object);
const instant = () => Type.Integer({ minimum: 0 });

const command = () => Type.String({ minLength: 1, maxLength: stepTextMax, pattern: "^[^\\0]*$" });

/** Checks what is run at the start. */
export const startPlanType: Type.TUnsafe<StartPlan> = Type.Unsafe<StartPlan>(
  Type.Object(
    {
      command: command(),
      ready: Type.Optional(command()),
      readyMs: Type.Optional(Type.Integer({ minimum: 1, maximum: readyMsMax })),
    },
    closed,
  ),
);

/** Checks a plan. */
export const buildPlanType: Type.TUnsafe<BuildPlan> = Type.Unsafe<BuildPlan>(
  Type.Object(
    {
      from: Type.String({ minLength: 1, maxLength: 1024 }),
      steps: Type.Array(buildStepType, { maxItems: stepsMax }),
      start: Type.Optional(startPlanType),
      isForced: Type.Boolean(),
      slot: Type.String({ minLength: 1, maxLength: 128 }),
      hasNetwork: Type.Boolean(),
    },
    closed,
  ),
);

export const buildPlanSchema: Schema<BuildPlan> = defineSchema(buildPlanType);

export const templateSchema: Schema<Template> = defineSchema(
  Type.Object(
    {
      id: Type.String(),
      project: Type.String(),
      name: Type.String({ pattern: templateNamePattern }),
      tags: Type.Record(Type.String({ pattern: tagPattern }), Type.String(), {
        maxProperties: tagsMax,
      }),
      lastBuild: Type.String(),
      caps,
      createdAt: instant(),
      updatedAt: instant(),
    },
    closed,
  ),
);

export const buildSchema: Schema<Build> = defineSchema(
  Type.Object(
    {
      id: Type.String(),
      project: Type.String(),
      template: Type.String(),
      phase: Type.Union(
        (["waiting", "building", "ready", "failed"] as const).map((each) => Type.Literal(each)),
      ),
      tags: Type.Array(Type.String({ pattern: tagPattern }), { maxItems: tagsMax }),
      caps,
      plan: Type.Optional(buildPlanType),
      root: Type.Optional(Type.String()),
      failure: Type.Optional(
        Type.Object({ message: Type.String(), step: Type.Optional(Type.Integer()) }, closed),
      ),
      createdAt: instant(),
      startedAt: Type.Optional(instant()),
      endedAt: Type.Optional(instant()),
    },
    closed,
  ),
) as Schema<Build>;

export const logEntrySchema: Schema<BuildLogEntry> = defineSchema(
  Type.Object(
    {
      at: Type.Integer({ minimum: 0 }),
      time: instant(),
      level: Type.Union([Type.Literal("info"), Type.Literal("warn"), Type.Literal("error")]),
      text: Type.String(),
      step: Type.Optional(Type.Integer()),
    },
    closed,
  ),
);
