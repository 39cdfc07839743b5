import { type Mutant, overriding } from "@bedplate/conformance";
import type { IngressDriver } from "../../ingress-driver.ts";
import type { Backend, Endpoint, RouteSpec } from "../../route-spec.ts";
import type { CertificateControl } from "../ingress-case.ts";
import { openRelay, type Relay, type RelayFaults } from "./relay.ts";

/** A place where clients connect. */
export interface BrokenPlane extends AsyncDisposable {
  readonly at: Endpoint;
}

/** A driver with one law broken, or a data plane with a broken thing in front of it. */
export interface IngressMutant extends Mutant<IngressDriver> {
  /** Where clients shall connect in place of the data plane. */
  readonly breakPlane?:
    | ((plane: { readonly at: Endpoint; readonly driver: IngressDriver }) => Promise<BrokenPlane>)
    | undefined;
  /** Where clients shall reach TLS, and what becomes of certificates, in place of the data plane's own. */
  readonly breakCertificates?:
    | ((control: CertificateControl) => Promise<CertificateControl & AsyncDisposable>)
    | undefined;
}

/** A mutant that applies something else than was wanted. */
export function specMutant(
  name: string,
  kills: readonly string[],
  change: (spec: RouteSpec) => RouteSpec,
): IngressMutant {
  return {
    name,
    kills,
    breakDriver: (driver) =>
      overriding(driver, { apply: (spec, condition) => driver.apply(change(spec), condition) }),
  };
}

/** A mutant that answers otherwise than the driver. */
export function driverMutant(
  name: string,
  kills: readonly string[],
  overrides: (driver: IngressDriver) => Partial<IngressDriver>,
): IngressMutant {
  return { name, kills, breakDriver: (driver) => overriding(driver, overrides(driver)) };
}

/** A mutant that breaks what passes between clients and the data plane. */
export function frontMutant(
  name: string,
  kills: readonly string[],
  faults: RelayFaults,
): IngressMutant {
  return { name, kills, breakDriver: same, breakPlane: ({ at }) => openRelay(at, faults) };
}

/** A mutant that breaks what passes between the data plane and the backends. */
export function backMutant(
  name: string,
  kills: readonly string[],
  { cutsAtChange = false, ...faults }: RelayFaults & { readonly cutsAtChange?: boolean },
): IngressMutant {
  return { name, kills, breakDriver: (driver) => behindRelays(driver, { cutsAtChange, faults }) };
}

/** The driver as it is. */
export function same(driver: IngressDriver): IngressDriver {
  return driver;
}

function behindRelays(
  driver: IngressDriver,
  { faults, cutsAtChange }: { readonly faults: RelayFaults; readonly cutsAtChange: boolean },
): IngressDriver {
  const relays = new Map<string, Promise<Relay>>();
  const relayed = async (endpoint: Endpoint): Promise<Endpoint> => {
    const key = `${endpoint.host}|${endpoint.port}`;
    const relay = relays.get(key) ?? openRelay(endpoint, faults);
    relays.set(key, relay);
    return (await relay).at;
  };
  const rewired = async <B extends Omit<Backend, "weight">>(backend: B): Promise<B> => ({
    ...backend,
    endpoints: await Promise.all(backend.endpoints.map(relayed)),
  });
  return overriding(driver, {
    async apply(spec, condition) {
      const backends = await Promise.all(spec.backends.map(rewired));
      const mirror = spec.mirror && { ...spec.mirror, backend: await rewired(spec.mirror.backend) };
      if (cutsAtChange) for (const relay of relays.values()) (await relay).cut();
      return await driver.apply({ ...spec, backends, ...(mirror && { mirror }) }, condition);
    },
    async [Symbol.asyncDispose]() {
      for (const relay of relays.values()) await (await relay)[Symbol.asyncDispose]();
      await driver[Symbol.asyncDispose]();
    },
  });
}
