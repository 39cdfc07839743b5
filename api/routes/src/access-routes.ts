import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { json, nothing, type Route, type RouteRole } from "./route.ts";

export interface KeyView {
  readonly id: string;
  readonly project: string;
  readonly role: Exclude<RouteRole, "none">;
  readonly label: string;
  readonly createdAt: number;
  readonly revokedAt?: number | undefined;
}

export interface CreateKeyBody {
  readonly role: Exclude<RouteRole, "none">;
  readonly label: string;
  /** Default: the project of the key that asks. */
  readonly project?: string | undefined;
}

export interface NewKeyView {
  readonly key: KeyView;
  /** The secret; shown this once. */
  readonly text: string;
}

export interface QuotaView {
  readonly concurrentRunsMax: number;
  readonly machinesMax: number;
  /** Volumes, and what fits into all of them. */
  readonly volumesMax: number;
  readonly volumeMiBMax: number;
}

/** A quota to be; what is left out is as of a project that has none of its own. */
export type QuotaBody = Pick<QuotaView, "concurrentRunsMax" | "machinesMax"> & Partial<QuotaView>;

export interface ProjectView {
  readonly id: string;
  readonly quota: QuotaView;
  readonly createdAt: number;
}

const closed = { additionalProperties: false } as const;
const roleType = Type.Union([
  Type.Literal("viewer"),
  Type.Literal("runner"),
  Type.Literal("admin"),
]);

const keyType = Type.Object({
  id: Type.String(),
  project: Type.String(),
  role: roleType,
  label: Type.String(),
  createdAt: Type.Integer(),
  revokedAt: Type.Optional(Type.Integer()),
});

const quotaType = Type.Object(
  {
    concurrentRunsMax: Type.Integer({ minimum: 1, maximum: 100_000, default: 64 }),
    machinesMax: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 1_000 }),
    volumesMax: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 100 }),
    volumeMiBMax: Type.Integer({ minimum: 0, maximum: 2 ** 40, default: 1_048_576 }),
  },
  closed,
);

const projectType = Type.Object({
  id: Type.String(),
  quota: quotaType,
  createdAt: Type.Integer(),
});

const createKeySchema: Schema<CreateKeyBody> = defineSchema(
  Type.Object(
    {
      role: roleType,
      label: Type.String({ maxLength: 128 }),
      project: Type.Optional(Type.String({ pattern: "^[a-z][a-z0-9-]{0,62}$" })),
    },
    closed,
  ),
);

const newKeySchema: Schema<NewKeyView> = defineSchema(
  Type.Object({ key: keyType, text: Type.String() }),
);

const keyListSchema: Schema<{ readonly keys: readonly KeyView[] }> = defineSchema(
  Type.Object({ keys: Type.Array(keyType) }),
);

const keyViewSchema: Schema<KeyView> = defineSchema(keyType);

const projectListSchema: Schema<{ readonly projects: readonly ProjectView[] }> = defineSchema(
  Type.Object({ projects: Type.Array(projectType) }),
);

export const createKey: Route<never, CreateKeyBody, NewKeyView> = {
  id: "keys.create",
  method: "POST",
  path: "/v1/keys",
  role: "admin",
  summary: "Make an API key; its secret is shown this once",
  body: json(createKeySchema),
  answer: json(newKeySchema),
  status: 201,
  faults: [],
};

export const listKeys: Route<never, never, { readonly keys: readonly KeyView[] }> = {
  id: "keys.list",
  method: "GET",
  path: "/v1/keys",
  role: "admin",
  summary: "The keys of this project, without their secrets",
  body: nothing,
  answer: json(keyListSchema),
  status: 200,
  faults: [],
};

export const revokeKey: Route<never, never, KeyView> = {
  id: "keys.revoke",
  method: "DELETE",
  path: "/v1/keys/{id}",
  role: "admin",
  summary: "End a key",
  body: nothing,
  answer: json(keyViewSchema),
  status: 200,
  faults: [],
};

export const listProjects: Route<never, never, { readonly projects: readonly ProjectView[] }> = {
  id: "projects.list",
  method: "GET",
  path: "/v1/projects",
  role: "admin",
  summary: "Every project",
  body: nothing,
  answer: json(projectListSchema),
  status: 200,
  faults: [],
};

export const putProject: Route<never, { readonly quota: QuotaBody }, ProjectView> = {
  id: "projects.put",
  method: "PUT",
  path: "/v1/projects/{id}",
  role: "admin",
  summary: "Make a project, or change its quota",
  body: json(defineSchema(Type.Object({ quota: quotaType }, closed))),
  answer: json(defineSchema(projectType)),
  status: 200,
  faults: ["version.mismatch"],
};
