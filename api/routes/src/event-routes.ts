import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { json, nothing, type Route } from "./route.ts";

/** Something that happened in the project. */
export interface ProjectEventView {
  /** The same whenever the event is told. */
  readonly id: string;
  /** For example `machine.running`. */
  readonly kind: string;
  /** For example `machine/<id>`. */
  readonly subject: string;
  readonly at: number;
  readonly detail: Readonly<Record<string, string | number | boolean>>;
  /** Where to go on after it. */
  readonly cursor: string;
}

export interface ProjectEventPageView {
  readonly events: readonly ProjectEventView[];
  /** Where to go on, also when the page is empty. */
  readonly cursor: string;
  /** Nothing later had happened yet. */
  readonly isAtEnd: boolean;
}

export interface ProjectEventQuery {
  /** A cursor. Default: all that is remembered; when followed, from now on. */
  readonly after?: string | undefined;
  /** Kinds or families of kinds, separated by commas. */
  readonly kinds?: string | undefined;
  /** For example `machine/<id>`. */
  readonly subject?: string | undefined;
}

export interface ProjectEventPageQuery extends ProjectEventQuery {
  readonly limit?: number | undefined;
}

/** What a kind, or a family of kinds, looks like. */
export const kindPattern = "[a-z]{1,32}(\\.[a-z-]{1,32})?";

const closed = { additionalProperties: false } as const;
const optional = Type.Optional;

const queryMembers = {
  after: optional(
    Type.String({
      maxLength: 256,
      pattern: "^[a-z][0-9]{1,15}(-[a-z][0-9]{1,15}){0,7}$",
      description: "a cursor (default: all that is remembered; when followed, from now on)",
    }),
  ),
  kinds: optional(
    Type.String({
      maxLength: 1_024,
      pattern: `^${kindPattern}(,${kindPattern})*$`,
      description: "kinds such as machine.running, or families such as machine, with commas",
    }),
  ),
  subject: optional(
    Type.String({
      maxLength: 256,
      pattern: "^[a-z]+/[A-Za-z0-9_-]+$",
      description: "only of this, for example machine/<id>",
    }),
  ),
};

export const eventQuerySchema: Schema<ProjectEventQuery> = defineSchema(
  Type.Object(queryMembers, closed),
);

export const eventPageQuerySchema: Schema<ProjectEventPageQuery> = defineSchema(
  Type.Object(
    { ...queryMembers, limit: optional(Type.Integer({ minimum: 1, maximum: 1_000 })) },
    closed,
  ),
);

const eventType = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  subject: Type.String(),
  at: Type.Number(),
  detail: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  cursor: Type.String(),
});

export const projectEventViewSchema: Schema<ProjectEventView> = defineSchema(eventType);

export const projectEventPageSchema: Schema<ProjectEventPageView> = defineSchema(
  Type.Object({
    events: Type.Array(eventType),
    cursor: Type.String(),
    isAtEnd: Type.Boolean(),
  }),
);

export const listEvents: Route<ProjectEventPageQuery, never, ProjectEventPageView> = {
  id: "events.list",
  method: "GET",
  path: "/v1/events",
  role: "viewer",
  summary: "What happened to runs, machines and builds of the project, oldest first",
  query: eventPageQuerySchema,
  body: nothing,
  answer: json(projectEventPageSchema),
  status: 200,
  faults: ["watch.compacted"],
};

export const followEvents: Route<ProjectEventQuery, never, ProjectEventView> = {
  id: "events.follow",
  method: "GET",
  path: "/v1/events/stream",
  role: "viewer",
  summary: "What happens to runs, machines and builds of the project, from a cursor or from now on",
  query: eventQuerySchema,
  body: nothing,
  answer: { form: "events", schema: projectEventViewSchema },
  status: 200,
  faults: ["watch.compacted"],
};
