import { makeCertificate } from "@bedplate/conformance/certificates";
import type { RouteSpec, RouteTls } from "../../route-spec.ts";
import type { CertificateControl } from "../ingress-case.ts";
import {
  backMutant,
  driverMutant,
  frontMutant,
  type IngressMutant,
  same,
  specMutant,
} from "./ingress-mutant.ts";
import { tlsFrontMutant } from "./tls-relay.ts";

/** Data planes that end TLS otherwise than the route says. */
export const tlsMutants: readonly IngressMutant[] = [
  specMutant("TLS is not looked at", ["IG89"], ({ tls: _, ...spec }) => spec),
  specMutant("every host gets one certificate", ["IG87"], (spec) =>
    withTls(spec, () => ({ certificate: "one" })),
  ),
  specMutant("an exact host gets the wildcard's certificate", ["IG87"], (spec) =>
    withTls(spec, ({ certificate }) => ({
      certificate: certificate === "three" ? "two" : certificate,
    })),
  ),
  specMutant("older versions are spoken than a route wants", ["IG88"], (spec) =>
    withTls(spec, () => ({ versionMin: "1.2" })),
  ),
  specMutant("the newest version alone is spoken", ["IG88"], (spec) =>
    withTls(spec, () => ({ versionMin: "1.3" })),
  ),
  frontMutant("what wants TLS is sent on without", ["IG89"], {
    toClient: (chunk) => chunk.replace(/^HTTP\/1\.1 308 [^\r]*/, "HTTP/1.1 200 OK"),
  }),
  frontMutant("who is sent to TLS comes to another path", ["IG89"], {
    toClient: (chunk) => chunk.replace(/^(location: https:\/\/[^/\r]*)[^\r]*/im, "$1/"),
  }),
  frontMutant("a request may change its method on its way to TLS", ["IG89"], {
    toClient: (chunk) => chunk.replace(/^HTTP\/1\.1 308 [^\r]*/, "HTTP/1.1 301 Moved"),
  }),
  frontMutant("clients are sent to whatever host they name", ["IG95"], {
    toClient: (chunk) =>
      chunk.replace(/^HTTP\/1\.1 4\d\d [^\r]*/, "HTTP/1.1 308 There\r\nlocation: https://evil/"),
  }),
  driverMutant("a certificate is not asked for before it is needed", ["IG90"], (driver) => ({
    async apply(spec, condition) {
      const answer = await driver.apply(spec, condition);
      const { tls: _, ...plain } = spec;
      return answer.kind === "certificate" ? await driver.apply(plain, condition) : answer;
    },
  })),
  driverMutant("no certificate is known", ["IG90", "IG45"], () => ({
    apply: async () => ({ kind: "certificate" }),
  })),
  tlsFrontMutant("another host's connection serves too", ["IG91"], { namesRequestHost: true }),
  backMutant("backends are not told of TLS", ["IG92"], {
    toServer: (chunk) => chunk.replace(/^x-forwarded-proto: https/m, "x-forwarded-proto: http"),
  }),
  tlsFrontMutant("over TLS nothing is switched to", ["IG93"], {
    toServer: (chunk) => chunk.replace(/^(upgrade|connection): .*\r\n/gim, ""),
  }),
  controlMutant("a certificate stays as it came first", ["IG45", "IG94"], (control) => {
    const put = new Set<string>();
    return async (name, pem) => {
      if (put.has(name)) return;
      put.add(name);
      await control.put(name, pem);
    };
  }),
  controlMutant("what cannot be a certificate ends the one before it", ["IG94"], (control) => {
    const { certificate, privateKey } = makeCertificate();
    const isWhole = (pem: string) => /BEGIN CERT[\s\S]*BEGIN PRIV[\s\S]*END PRIV/.test(pem);
    return (name, pem) => control.put(name, isWhole(pem) ? pem : `${certificate}${privateKey}`);
  }),
  driverMutant("routes with TLS end with the driver", ["IG96"], (driver) => ({
    async [Symbol.asyncDispose]() {
      for (const { spec } of await driver.list({ after: null, limit: 100 })) {
        if (spec.tls !== undefined) await driver.remove(spec.name, "any");
      }
      await driver[Symbol.asyncDispose]();
    },
  })),
];

/** A mutant that does something else with the certificates that it is given. */
function controlMutant(
  name: string,
  kills: readonly string[],
  putOf: (control: CertificateControl) => CertificateControl["put"],
): IngressMutant {
  return {
    name,
    kills,
    breakDriver: same,
    breakCertificates: async (control) => ({
      at: control.at,
      put: putOf(control),
      [Symbol.asyncDispose]: async () => {},
    }),
  };
}

function withTls(spec: RouteSpec, change: (tls: RouteTls) => Partial<RouteTls>): RouteSpec {
  return spec.tls === undefined ? spec : { ...spec, tls: { ...spec.tls, ...change(spec.tls) } };
}
