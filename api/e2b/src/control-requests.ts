import { defineSchema, type Schema, Type } from "@bedplate/schema";

// Members that are not named here are let through unread: newer clients send more.

const text = (maxLength: number) => Type.String({ maxLength });
const amount = (maximum: number) => Type.Integer({ minimum: 0, maximum });
const texts = (maxProperties: number, bytes: number) =>
  Type.Record(Type.String({ maxLength: 256 }), text(bytes), { maxProperties });

/** Longest life that may be asked for at once, in seconds. */
export const timeoutSecondsMax: number = 24 * 3600;

/** What may leave a sandbox. What is left out is no rule. */
export interface EgressRules {
  readonly allowOut?: readonly string[] | undefined;
  readonly denyOut?: readonly string[] | undefined;
  readonly egressProxy?: unknown;
  readonly rules?: Readonly<Record<string, unknown>> | undefined;
  readonly allow_internet_access?: boolean | undefined;
}

/** Everything of a sandbox's network. */
export interface NetworkRequest extends EgressRules {
  /** Whether its ports answer without a token. Default: true. */
  readonly allowPublicTraffic?: boolean | undefined;
  /** The `Host` that its ports hear; `${PORT}` stands for the port. */
  readonly maskRequestHost?: string | undefined;
}

/** What a client asks for when it creates a sandbox. */
export interface CreateRequest {
  readonly templateID: string;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly envVars?: Readonly<Record<string, string>> | undefined;
  /** Seconds. */
  readonly timeout?: number | undefined;
  readonly secure?: boolean | undefined;
  readonly allow_internet_access?: boolean | undefined;
  readonly network?: NetworkRequest | undefined;
  /** When its time is over it is paused instead of killed. */
  readonly autoPause?: boolean | undefined;
  /** With `autoPause`: whether processes survive. Default: true. */
  readonly autoPauseMemory?: boolean | undefined;
  readonly autoResume?: { readonly enabled?: boolean | undefined } | undefined;
  readonly volumeMounts?: readonly unknown[] | undefined;
  readonly iam?: unknown;
}

const egressMembers = {
  allowOut: Type.Optional(Type.Array(text(300), { maxItems: 256 })),
  denyOut: Type.Optional(Type.Array(text(300), { maxItems: 256 })),
  egressProxy: Type.Optional(Type.Unknown()),
  rules: Type.Optional(Type.Record(text(300), Type.Unknown(), { maxProperties: 256 })),
  allow_internet_access: Type.Optional(Type.Boolean()),
};

export const egressRulesSchema: Schema<EgressRules> = defineSchema(Type.Object(egressMembers));

const network = Type.Object({
  ...egressMembers,
  allowPublicTraffic: Type.Optional(Type.Boolean()),
  maskRequestHost: Type.Optional(text(300)),
});

export const createRequestSchema: Schema<CreateRequest> = defineSchema(
  Type.Object({
    templateID: Type.String({ minLength: 1, maxLength: 256 }),
    metadata: Type.Optional(texts(64, 4096)),
    envVars: Type.Optional(texts(256, 64 * 1024)),
    timeout: Type.Optional(amount(timeoutSecondsMax)),
    secure: Type.Optional(Type.Boolean()),
    allow_internet_access: Type.Optional(Type.Boolean()),
    network: Type.Optional(network),
    autoPause: Type.Optional(Type.Boolean()),
    autoPauseMemory: Type.Optional(Type.Boolean()),
    autoResume: Type.Optional(Type.Object({ enabled: Type.Optional(Type.Boolean()) })),
    volumeMounts: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 16 })),
    iam: Type.Optional(Type.Unknown()),
  }),
);

/** A new end of life. */
export interface TimeoutRequest {
  readonly timeout?: number | undefined;
}

export const timeoutRequestSchema: Schema<TimeoutRequest> = defineSchema(
  Type.Object({ timeout: Type.Optional(amount(timeoutSecondsMax)) }),
);

/** How to pause. */
export interface PauseRequest {
  /** Whether processes survive. Default: true. */
  readonly memory?: boolean | undefined;
}

export const pauseRequestSchema: Schema<PauseRequest> = defineSchema(
  Type.Object({ memory: Type.Optional(Type.Boolean()) }),
);

/** A snapshot to make. */
export interface SnapshotRequest {
  readonly name?: string | undefined;
}

export const snapshotRequestSchema: Schema<SnapshotRequest> = defineSchema(
  Type.Object({
    name: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, pattern: "^[A-Za-z0-9._:/-]+$" }),
    ),
  }),
);

/** Copies to make of a running sandbox. */
export interface ForkRequest {
  readonly timeout?: number | undefined;
  readonly count?: number | undefined;
}

/** Most copies of one request. */
export const forksMax = 16;

export const forkRequestSchema: Schema<ForkRequest> = defineSchema(
  Type.Object({
    timeout: Type.Optional(amount(timeoutSecondsMax)),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: forksMax })),
  }),
);
