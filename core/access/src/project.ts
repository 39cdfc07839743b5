import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** How much of the system a project may take. */
export interface Quota {
  /** Runs of this project that execute at once, per replica. */
  readonly concurrentRunsMax: number;
  /** Machines of this project that are not deleted. */
  readonly machinesMax: number;
  /** Volumes of this project, and what fits into all of them. */
  readonly volumesMax: number;
  readonly volumeMiBMax: number;
}

/** Whose runs, keys and artifacts belong together. */
export interface Project {
  readonly id: string;
  readonly quota: Quota;
  readonly createdAt: number;
}

export const projectIdPattern = "^[a-z][a-z0-9-]{0,62}$";

export const standardQuota: Quota = {
  concurrentRunsMax: 64,
  machinesMax: 1_000,
  volumesMax: 100,
  volumeMiBMax: 1_048_576,
};

export const quotaSchema: Schema<Quota> = defineSchema(
  Type.Object(
    {
      concurrentRunsMax: Type.Integer({ minimum: 1, maximum: 100_000 }),
      machinesMax: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 1_000 }),
      volumesMax: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 100 }),
      volumeMiBMax: Type.Integer({ minimum: 0, maximum: 2 ** 40, default: 1_048_576 }),
    },
    { additionalProperties: false },
  ),
);

export const projectSchema: Schema<Project> = defineSchema(
  Type.Object(
    {
      id: Type.String({ pattern: projectIdPattern }),
      quota: Type.Unsafe<Quota>(quotaSchema.jsonSchema as object),
      createdAt: Type.Integer(),
    },
    { additionalProperties: false },
  ),
);
