import {
  type ApplyAnswer,
  type BackendHealth,
  type BackendSample,
  type DesiredRoute,
  DesiredRoutes,
  type DrainCount,
  type GenerationCondition,
  type IngressCapabilities,
  type IngressDriver,
  type IngressLimits,
  type IngressReplica,
  ingressLimitsDefault,
  ingressServesNothing,
  type RemoveAnswer,
  type RouteSpec,
} from "@bedplate/ingress";

/** What is recorded, and where. */
export interface NoIngressOptions {
  /** File that the routes survive in. Absent: they end with the process. */
  readonly journalPath?: string | undefined;
  readonly limits?: Partial<IngressLimits> | undefined;
}

/** Opens an ingress that records what is wanted and serves nothing. */
export async function openNoIngress(options: NoIngressOptions = {}): Promise<IngressDriver> {
  const limits = { ...ingressLimitsDefault, ...options.limits };
  const { journalPath } = options;
  const { routesMax } = limits;
  const desired = await DesiredRoutes.open({ routesMax, journalPath, onChange: () => {} });
  const durable = journalPath !== undefined;
  return new NoIngress(desired, { limits, capabilities: { ...ingressServesNothing, durable } });
}

class NoIngress implements IngressDriver {
  readonly limits: IngressLimits;
  readonly capabilities: IngressCapabilities;
  readonly #desired: DesiredRoutes;

  constructor(
    desired: DesiredRoutes,
    { limits, capabilities }: Pick<IngressDriver, "limits" | "capabilities">,
  ) {
    this.#desired = desired;
    this.limits = limits;
    this.capabilities = capabilities;
  }

  apply(spec: RouteSpec, condition: GenerationCondition): Promise<ApplyAnswer> {
    return this.#desired.apply(spec, condition);
  }

  remove(name: string, condition: GenerationCondition): Promise<RemoveAnswer> {
    return this.#desired.remove(name, condition);
  }

  get(name: string): Promise<DesiredRoute | null> {
    return this.#desired.get(name);
  }

  list(range: {
    readonly after: string | null;
    readonly limit: number;
  }): Promise<readonly DesiredRoute[]> {
    return this.#desired.list(range);
  }

  async replicas(): Promise<readonly IngressReplica[]> {
    return [];
  }

  async health(name: string): Promise<Readonly<Record<string, BackendHealth>>> {
    const backends = (await this.#desired.get(name))?.spec.backends ?? [];
    return Object.fromEntries(backends.map(({ id }) => [id, "unhealthy"]));
  }

  async drain(): Promise<DrainCount> {
    return { closed: 0, cut: 0 };
  }

  async samples(): Promise<readonly BackendSample[]> {
    return [];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#desired[Symbol.asyncDispose]();
  }
}
