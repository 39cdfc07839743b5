import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** Where a backend listens. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** One version of what answers: it gets `weight / sum of weights` of the requests. */
export interface Backend {
  readonly id: string;
  readonly weight: number;
  /** Equal ones among which the backend's requests are spread. */
  readonly endpoints: readonly Endpoint[];
}

/** Which requests a route is for. */
export interface RouteMatch {
  /** A host name or address, or `*.` and a suffix: then one label may stand for the star. */
  readonly host: string;
  /** Whole segments: `/a` is for `/a` and `/a/b`, not for `/ab`. */
  readonly pathPrefix: string;
  /** Absent: all. */
  readonly methods?: readonly string[] | undefined;
  /** Names in lower case, and the exact values that a request must have. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Copies some requests to a backend whose answers nobody sees. */
export interface RouteMirror {
  readonly backend: Omit<Backend, "weight">;
  readonly percent: number;
}

/** Keeps a client on one backend, by a cookie that the data plane sets or a header that the client sends. */
export interface RouteStickiness {
  readonly by: "cookie" | "header";
  readonly name: string;
}

/** Why a request may be sent again: nothing answered, or the backend answered with this status. */
export type RetryCause = "connect" | "502" | "503";

/** Sends a request again, before its first answered byte and where that repeats no effect. */
export interface RouteRetries {
  readonly max: number;
  readonly on: readonly RetryCause[];
}

/** Bounds on each request; absent means the data plane's own. */
export interface RouteLimits {
  readonly bodyBytesMax?: number | undefined;
  /** Of all header lines: name, colon, blank, value, line end. */
  readonly headerBytesMax?: number | undefined;
  /** Requests that are let through in each second. */
  readonly requestsPerSecond?: number | undefined;
}

/** Admits only requests that bring a token in `x-bedplate-token`, or in the cookie of that name. */
export interface RouteAccess {
  /** `sha256:` digests of the tokens; the tokens themselves are not kept. */
  readonly tokenDigests: readonly string[];
}

/** Serves the route over TLS alone: the data plane ends it, and sends plain requests there. */
export interface RouteTls {
  /** Name of a certificate that the data plane has; routes of one host should name the same one. */
  readonly certificate: string;
  /** A client that speaks no later version gets no answer. */
  readonly versionMin: "1.2" | "1.3";
}

/** A route as it is wanted. */
export interface RouteSpec {
  readonly name: string;
  readonly match: RouteMatch;
  readonly backends: readonly Backend[];
  /** How long a backend may take to begin its answer. */
  readonly timeoutMs: number;
  readonly retries?: RouteRetries | undefined;
  readonly limits?: RouteLimits | undefined;
  readonly mirror?: RouteMirror | undefined;
  readonly sticky?: RouteStickiness | undefined;
  readonly access?: RouteAccess | undefined;
  readonly tls?: RouteTls | undefined;
}

/** A route as callers write it: what has a default may be left out. */
export interface RouteRequest extends Omit<RouteSpec, "match" | "timeoutMs"> {
  readonly match: Omit<RouteMatch, "pathPrefix"> & { readonly pathPrefix?: string | undefined };
  readonly timeoutMs?: number | undefined;
}

const label = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?";
const hostPattern = `^(\\*\\.)?(${label}\\.)*${label}$|^\\[[0-9a-f:.]+\\]$`;
const namePattern = "^[a-z0-9][a-z0-9._/-]{0,127}$";
// No character that means something in a request line, a map file or a command of an engine.
const pathPattern = "^/[A-Za-z0-9._~!$&'()*+,=:@%/-]{0,1023}$";
const tokenPattern = "^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$";

const name = () => Type.String({ pattern: namePattern });
const strict = { additionalProperties: false } as const;

const endpoint = () =>
  Type.Object(
    {
      host: Type.String({ pattern: "^[A-Za-z0-9_.:-]{1,253}$" }),
      port: Type.Integer({ minimum: 1, maximum: 65_535 }),
    },
    strict,
  );

const endpoints = () => Type.Array(endpoint(), { minItems: 1, maxItems: 64 });

const match = () =>
  Type.Object(
    {
      host: Type.String({ pattern: hostPattern, maxLength: 253 }),
      pathPrefix: Type.String({ pattern: pathPattern, default: "/" }),
      methods: Type.Optional(
        Type.Array(Type.String({ pattern: "^[A-Z]{1,32}$" }), { minItems: 1, maxItems: 16 }),
      ),
      headers: Type.Optional(
        Type.Record(
          Type.String({ pattern: tokenPattern }),
          Type.String({ pattern: "^[!-~]([ -~]{0,254}[!-~])?$" }),
          { minProperties: 1, maxProperties: 16, additionalProperties: false },
        ),
      ),
    },
    strict,
  );

const limits = () =>
  Type.Object(
    {
      bodyBytesMax: Type.Optional(Type.Integer({ minimum: 0 })),
      headerBytesMax: Type.Optional(Type.Integer({ minimum: 1 })),
      requestsPerSecond: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    },
    strict,
  );

const options = () => ({
  retries: Type.Optional(
    Type.Object(
      {
        max: Type.Integer({ minimum: 1, maximum: 10 }),
        on: Type.Array(Type.Unsafe<RetryCause>(Type.Enum(["connect", "502", "503"])), {
          minItems: 1,
          maxItems: 3,
        }),
      },
      strict,
    ),
  ),
  limits: Type.Optional(limits()),
  mirror: Type.Optional(
    Type.Object(
      {
        backend: Type.Object({ id: name(), endpoints: endpoints() }, strict),
        percent: Type.Number({ minimum: 0, maximum: 100 }),
      },
      strict,
    ),
  ),
  sticky: Type.Optional(
    Type.Object(
      {
        by: Type.Unsafe<RouteStickiness["by"]>(Type.Enum(["cookie", "header"])),
        name: Type.String({ pattern: tokenPattern }),
      },
      strict,
    ),
  ),
  access: Type.Optional(
    Type.Object(
      {
        tokenDigests: Type.Array(Type.String({ pattern: "^sha256:[0-9a-f]{64}$" }), {
          minItems: 1,
          maxItems: 16,
        }),
      },
      strict,
    ),
  ),
  tls: Type.Optional(
    Type.Object(
      {
        certificate: name(),
        versionMin: Type.Unsafe<RouteTls["versionMin"]>(Type.Enum(["1.2", "1.3"])),
      },
      strict,
    ),
  ),
});

/** The longest time that a backend may be given. */
export const timeoutMsMax = 3_600_000;

/** Checks a route from outside and fills in what it leaves out. */
export const routeSpecSchema: Schema<RouteSpec> = defineSchema(
  Type.Object(
    {
      name: name(),
      match: match(),
      backends: Type.Array(
        Type.Object(
          {
            id: name(),
            weight: Type.Integer({ minimum: 0, maximum: 1_000 }),
            endpoints: endpoints(),
          },
          strict,
        ),
        { minItems: 1, maxItems: 32 },
      ),
      timeoutMs: Type.Integer({ minimum: 1, maximum: timeoutMsMax, default: 60_000 }),
      ...options(),
    },
    strict,
  ),
);
