import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** How much of the system a project may take. */
export interface Quota {
  /** Runs of this project that execute at once, per replica. */
  readonly concurrentRunsMax: number;
  /** Machines of this project that are not deleted. */
  readonly machinesMax: number;
}

/** Whose runs, keys and artifacts belong together. */
export interface Project {
  readonly id: string;
  readonly quota: Quota;
  readonly createdAt: number;
}

export const projectIdPattern = "^[a-z][a-z0-9-]{0,62}$";

export const standardQuota: Quota = { concurrentRunsMax: 64, machinesMax: 1_000 };

export const quotaSchema: Schema<Quota> = defineSchema(
  Type.Object(
    {
      concurrentRunsMax: Type.Integer({ minimum: 1, maximum: 100_000 }),
      machinesMax: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 1_000 }),
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
