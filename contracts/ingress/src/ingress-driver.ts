import type { Endpoint, RetryCause, RouteSpec } from "./route-spec.ts";

/** Grows with every change of a place's routes; a name that comes again never has an old one. */
export type Generation = number;

/** A wanted route and what became of the wish. */
export interface DesiredRoute {
  readonly spec: RouteSpec;
  readonly generation: Generation;
  /** The older route that has the same match: while it is there, this one serves nothing. */
  readonly conflictsWith: string | null;
}

/** What must be so for a change: any state, no such route, or the route at a generation. */
export type GenerationCondition = "any" | "absent" | Generation;

/** What `apply` did; `actual` is null where there is no such route. */
export type ApplyAnswer =
  | { readonly kind: "applied"; readonly route: DesiredRoute }
  | { readonly kind: "generation"; readonly actual: Generation | null }
  | { readonly kind: "full" }
  /** The data plane has no certificate of the name that the route gives. */
  | { readonly kind: "certificate" };

/** What `remove` did. */
export type RemoveAnswer =
  | { readonly kind: "removed" }
  | { readonly kind: "absent" }
  | { readonly kind: "generation"; readonly actual: Generation };

/** A part of the data plane that answers clients by itself, and how to ask it what it serves. */
export interface IngressReplica {
  readonly id: string;
  readonly at: Endpoint;
  /** Where it ends TLS; absent where it does not. */
  readonly tls?: Endpoint | undefined;
  /** What a probe must bring: a client that guesses the header's name learns nothing. */
  readonly secret: string;
}

/** Whether a backend gets requests: `draining` ones get no new ones, `unhealthy` ones do not answer. */
export type BackendHealth = "healthy" | "unhealthy" | "draining";

/** A backend that is taken out of a route. */
export interface DriverDrain {
  readonly route: string;
  readonly backend: string;
  readonly deadlineMs: number;
}

/** How the streams of a drained backend ended: by themselves, or at the deadline. */
export interface DrainCount {
  readonly closed: number;
  readonly cut: number;
}

/** What a backend of a route answered since the route came; mirrored requests do not count. */
export interface BackendSample {
  readonly backend: string;
  readonly requests: number;
  /** Of these, answers with a status from 500, and requests without an answer. */
  readonly faults: number;
  /** Until the answer began, of the latest requests; absent where it is not measured. */
  readonly latencyMs?: { readonly p50: number; readonly p95: number; readonly p99: number };
}

/** What a data plane does beyond the laws that all keep. Absence means no. */
export interface IngressCapabilities {
  /** Empty: it records routes and serves none. */
  readonly protocols: readonly ("http1" | "websocket")[];
  /** Largest distance between a backend's share of requests and its share of the weights. */
  readonly weightTolerance: number;
  /** Longest time from an applied route until every replica serves it. */
  readonly convergeMs: number;
  /** Longest time until an endpoint that does not answer gets no requests, and until it gets them again. */
  readonly healMs: number;
  /** Acknowledged routes survive a restart. */
  readonly durable: boolean;
  /** What `timeoutMs` bounds: the time until an answer begins, or every silence of the backend. */
  readonly timeoutCovers: "head" | "silence";
  /** What `bodyBytesMax` needs: nothing, or a declared length (others are refused with 411). */
  readonly bodyLimit: "any-body" | "declared-length";
  /** What becomes of a request that has both a length and chunks: 400, or it is passed on with chunks alone. */
  readonly lengthConflict: "refused" | "rewritten";
  readonly matchMethods: boolean;
  readonly matchHeaders: boolean;
  readonly retries: readonly RetryCause[];
  readonly mirror: boolean;
  readonly sticky: readonly ("cookie" | "header")[];
  readonly rateLimit: boolean;
  readonly access: boolean;
  /** Routes may be served over TLS, with certificates that the data plane has by name. */
  readonly tls: boolean;
}

/** Exact bounds: the limit passes, one more is refused. */
export interface IngressLimits {
  readonly routesMax: number;
  readonly backendsMax: number;
  readonly endpointsMax: number;
  readonly pageMax: number;
  readonly drainMsMax: number;
  /** Header lines of a request on any route. */
  readonly headerBytesMax: number;
  /** Bodies longer than this are not mirrored. */
  readonly mirrorBodyBytesMax: number;
}

/**
 * What a technology implements to route requests. `IngressProvider` has checked every argument.
 * `DesiredRoutes` does the first four methods for drivers that have no better place for them. All
 * methods may be called at once.
 */
export interface IngressDriver extends AsyncDisposable {
  readonly limits: IngressLimits;
  readonly capabilities: IngressCapabilities;
  /**
   * Replaces the route of this name, or adds it, in one step. A spec that is there already keeps
   * its generation. Open requests and streams go on as they began.
   */
  apply(spec: RouteSpec, condition: GenerationCondition): Promise<ApplyAnswer>;
  remove(name: string, condition: GenerationCondition): Promise<RemoveAnswer>;
  get(name: string): Promise<DesiredRoute | null>;
  /** In the order of the names. */
  list(range: {
    readonly after: string | null;
    readonly limit: number;
  }): Promise<readonly DesiredRoute[]>;
  /** Every part of the data plane that clients can reach now. */
  replicas(): Promise<readonly IngressReplica[]>;
  /** By backend; empty when there is no such route. */
  health(name: string): Promise<Readonly<Record<string, BackendHealth>>>;
  /**
   * Sends the backend nothing new until the route gets a new generation; answers when its streams
   * have ended, at the deadline by force.
   */
  drain(drain: DriverDrain): Promise<DrainCount>;
  samples(name: string): Promise<readonly BackendSample[]>;
}
