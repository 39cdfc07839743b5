import { overriding } from "@bedplate/conformance";
import type { Endpoint } from "../../route-spec.ts";
import { backMutant, frontMutant, type IngressMutant, same } from "./ingress-mutant.ts";
import { openRelay } from "./relay.ts";

/** Data planes that break what passes through them. */
export const wireMutants: readonly IngressMutant[] = [
  backMutant("an endpoint is called up before it is", ["IG14"], {}),
  backMutant("requests are sent twice", ["IG11", "IG32", "IG47"], { sendsTwice: true }),
  backMutant("open answers are cut when their route changes", ["IG38", "IG79"], {
    cutsAtChange: true,
  }),
  backMutant("a client that goes is not noticed", ["IG32", "IG35", "IG75"], {
    forgetsClients: true,
  }),
  backMutant("bodies of requests are held until they are whole", ["IG37"], {
    holdRequest: (sent) => !/transfer-encoding: chunked/i.test(sent) || sent.endsWith("0\r\n\r\n"),
  }),
  backMutant("headers of this hop are passed on", ["IG28"], {
    toServer: (chunk) => withLine(chunk, "x-hop: 1"),
  }),
  backMutant("what clients say of their address is believed", ["IG29"], {
    toServer: (chunk) => chunk.replace(/^x-forwarded-for: .*$/m, "x-forwarded-for: 203.0.113.7"),
  }),
  backMutant("the token reaches the backend", ["IG83"], {
    toServer: (chunk) => withLine(chunk, "x-bedplate-token: secret-token-1"),
  }),
  backMutant("copies are not marked", ["IG43"], {
    toServer: (chunk) => chunk.replace(/^x-shadow: 1\r\n/m, ""),
  }),
  backMutant("the query is lost", ["IG01"], {
    toServer: (chunk) => chunk.replace(/^(GET [^ ?]*)\?[^ ]*/, "$1"),
  }),
  backMutant("the backend sees another host", ["IG01"], {
    toServer: (chunk) => chunk.replace(/^host: .*$/im, "host: backend.internal"),
  }),
  backMutant("a broken answer ends well", ["IG73"], {
    toClient: (chunk) => chunk.replace("content-length: 10", "content-length: 4"),
  }),
  backMutant("whatever a backend says is HTTP", ["IG74"], {
    toClient: (chunk) => chunk.replace(/^SSH.*/, "HTTP/1.1 200 OK\r\ncontent-length: 0"),
  }),
  backMutant("a long stream is cut", ["IG78", "IG80"], { bytesMax: 2_000_000 }),
  backMutant("a refused WebSocket is granted", ["IG81"], {
    toClient: (chunk) =>
      chunk.replace(
        /^HTTP\/1\.1 403 Forbidden/,
        "HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: Upgrade",
      ),
  }),
  frontMutant("answers are held until they are whole", ["IG36"], {
    holdAnswer: (sent) => !/transfer-encoding: chunked/i.test(sent) || sent.endsWith("0\r\n\r\n"),
  }),
  frontMutant("silent streams are ended", ["IG40"], { idleMs: 400 }),
  frontMutant("of two lengths one is believed", ["IG85"], {
    toServer: (chunk) => chunk.replace("content-length: 5\r\ntransfer", "transfer"),
  }),
  frontMutant("a malformed length is repaired", ["IG27"], {
    toServer: (chunk) => chunk.replace("content-length: +5", "content-length: 5"),
  }),
  frontMutant("a folded line is two", ["IG86"], {
    toServer: (chunk) => chunk.replace("1\r\n transfer-encoding: chunked", "1\r\nx-b: 2"),
  }),
  frontMutant("dot segments are resolved", ["IG26"], {
    toServer: (chunk) => chunk.replace("/x/../", "/"),
  }),
  frontMutant("encoded separators are separators", ["IG26"], {
    toServer: (chunk) => chunk.replace(/%2f/i, "/"),
  }),
  frontMutant("hosts are compared as they are written", ["IG61"], {
    toServer: (chunk) => chunk.replace(/^host: (.*[A-Z:].*|.*\.)\r$/m, "host: nobody.test\r"),
  }),
  frontMutant("an unknown host is answered with 200", ["IG04", "IG62"], {
    toClient: (chunk) => chunk.replace(/^HTTP\/1.1 404 Not Found/, "HTTP/1.1 200 OK"),
  }),
  frontMutant("a late backend is an ill one", ["IG18", "IG32"], {
    toClient: (chunk) => chunk.replace(/^HTTP\/1.1 504 Gateway Timeout/, "HTTP/1.1 503 Ill"),
  }),
  frontMutant("long headers are dropped", ["IG31", "IG66"], {
    toServer: (chunk) => chunk.replace(/^x-fill: .*\r\n/m, ""),
  }),
  frontMutant("answers without a body get one", ["IG67"], {
    toServer: (chunk) => chunk.replace(/^HEAD /, "GET "),
  }),
  frontMutant("leave to send is not given", ["IG68"], {
    toServer: (chunk) => chunk.replace(/^expect: .*\r\n/m, ""),
  }),
  frontMutant("old clients are taken for new ones", ["IG69"], {
    toServer: (chunk) => chunk.replace("HTTP/1.0", "HTTP/1.1"),
  }),
  frontMutant("headers without end are waited for", ["IG70"], {
    elsewhere: () => undefined,
    holdRequest: (sent) => sent.includes("\r\n\r\n"),
  }),
  {
    name: "anyone may probe",
    kills: ["IG59"],
    breakDriver: same,
    async breakPlane({ at, driver }) {
      const [replica] = await driver.replicas();
      const line = `x-bedplate-probe: ${replica?.secret}`;
      const guessed = /^x-bedplate-probe: .*$/m;
      return await openRelay(at, { toServer: (chunk) => chunk.replace(guessed, line) });
    },
  },
  tunnelMutant(),
];

/** Gives a client that asks for an upgrade the backend's connection, whatever the backend says. */
function tunnelMutant(): IngressMutant {
  let backend: Endpoint | undefined;
  return {
    name: "who asks for an upgrade gets the backend's connection",
    kills: ["IG71"],
    breakDriver: (driver) =>
      overriding(driver, {
        apply(spec, condition) {
          backend = spec.backends[0]?.endpoints[0];
          return driver.apply(spec, condition);
        },
      }),
    breakPlane: ({ at }) =>
      openRelay(at, { elsewhere: (chunk) => (/^upgrade:/im.test(chunk) ? backend : undefined) }),
  };
}

function withLine(chunk: string, line: string): string {
  return chunk.replace(/^([A-Z]+ .* HTTP\/1.1\r\n)/, `$1${line}\r\n`);
}
