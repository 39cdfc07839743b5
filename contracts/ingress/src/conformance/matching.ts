import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { seededRandom } from "@bedplate/clock";
import type { IngressProvider } from "../ingress-provider.ts";
import type { RouteMatch } from "../route-spec.ts";
import { openBackend, type TestBackend } from "./backend.ts";
import { type Answer, ask, type Question, sendRaw, until } from "./client.ts";
import { host, type IngressCase, type IngressKit, routeTo, serve, serves } from "./ingress-case.ts";

/** Which route a request takes. */
export const matchingCases: readonly IngressCase[] = [
  {
    id: "IG19",
    law: "an exact host comes before a wildcard, and a wildcard fills its gaps",
    when: serves,
    async run(ingress, kit) {
      await using places = await openPlaces(ingress, {
        wild: { host: "*.example.test" },
        exact: { host, pathPrefix: "/in" },
      });
      deepStrictEqual(await places.asked(kit, { path: "/in/a" }), "exact");
      deepStrictEqual(await places.asked(kit, { path: "/out" }), "wild");
      deepStrictEqual(await places.asked(kit, { host: "b.example.test", path: "/in" }), "wild");
    },
  },
  {
    id: "IG20",
    law: "a wildcard stands for exactly one label",
    when: serves,
    async run(ingress, kit) {
      await using places = await openPlaces(ingress, { wild: { host: "*.example.test" } });
      strictEqual(await places.asked(kit, { host: "3000-m1.example.test" }), "wild");
      for (const other of ["a.b.example.test", "example.test", ".example.test", "aexample.test"]) {
        strictEqual(await places.asked(kit, { host: other }), "no-route", other);
      }
    },
  },
  {
    id: "IG21",
    law: "the longest prefix of whole segments counts",
    when: serves,
    async run(ingress, kit) {
      await using places = await openPlaces(ingress, {
        root: { pathPrefix: "/" },
        a: { pathPrefix: "/a" },
        ab: { pathPrefix: "/a/b/" },
      });
      const expected = {
        "/": "root",
        "/ab": "root",
        "/a-": "root",
        "/a": "a",
        "/a/": "a",
        "/a?x=/a/b": "a",
        "/a/bc": "a",
        "/a/b": "ab",
        "/a/b/": "ab",
        "/a/b/c": "ab",
        "/A/b": "root",
      };
      for (const [path, name] of Object.entries(expected)) {
        strictEqual(await places.asked(kit, { path }), name, path);
      }
    },
  },
  {
    id: "IG22",
    law: "of routes at one place the one with more matching headers counts",
    when: (ingress) => serves(ingress) && ingress.capabilities.matchHeaders,
    async run(ingress, kit) {
      await using places = await openPlaces(ingress, {
        none: {},
        one: { headers: { "x-a": "1" } },
        two: { headers: { "x-a": "1", "x-b": "2" } },
      });
      strictEqual(await places.asked(kit, {}), "none");
      strictEqual(await places.asked(kit, { headers: { "X-A": "1" } }), "one");
      strictEqual(await places.asked(kit, { headers: { "x-a": "1", "x-b": "2" } }), "two");
      strictEqual(await places.asked(kit, { headers: { "x-a": "1", "x-b": "3" } }), "one");
      strictEqual(await places.asked(kit, { headers: { "x-a": "11" } }), "none");
    },
  },
  {
    id: "IG23",
    law: "a route that names methods is for these alone, and before one that names none",
    when: (ingress) => serves(ingress) && ingress.capabilities.matchMethods,
    async run(ingress, kit) {
      await using places = await openPlaces(ingress, {
        any: {},
        write: { methods: ["POST", "PUT"] },
        other: { host: "only.example.test", methods: ["GET"] },
      });
      strictEqual(await places.asked(kit, { method: "POST" }), "write");
      strictEqual(await places.asked(kit, { method: "GET" }), "any");
      const only = { host: "only.example.test" };
      strictEqual(await places.asked(kit, { ...only, method: "GET" }), "other");
      strictEqual(await places.asked(kit, { ...only, method: "POST" }), "no-route");
    },
  },
  {
    id: "IG26",
    law: "no spelling of a path crosses from one route into another",
    when: serves,
    async run(ingress, kit) {
      await using places = await openPlaces(ingress, {
        root: { pathPrefix: "/" },
        admin: { pathPrefix: "/admin" },
        only: { host: "only.example.test", pathPrefix: "/open" },
      });
      for (const path of ["/%61dmin", "//admin", "/%61%64min/x", "/admin//x", "///admin/x"]) {
        strictEqual(await places.raw(kit, host, path), "admin", path);
      }
      for (const path of crossing) {
        strictEqual(await places.raw(kit, host, path), "malformed-request", path);
      }
      strictEqual(
        await places.raw(kit, "only.example.test", "/secret/%2e%2e/open"),
        "malformed-request",
      );
      // What cannot cross is passed on as it came.
      for (const path of ["/a%2Fb", "/%C3%A9", "/a%20b", "/.well-known/x", "/a/...", "/a..b"]) {
        strictEqual(await places.raw(kit, host, path), "root", path);
        strictEqual(places.last("root")?.url, path);
      }
    },
  },
  {
    id: "IG61",
    law: "hosts are compared without case, port and the dot at the end",
    when: serves,
    async run(ingress, kit) {
      await using places = await openPlaces(ingress, { one: {} });
      for (const spelled of [host, host.toUpperCase(), `${host}.`, `${host}:8080`, `${host}.:80`]) {
        strictEqual(await places.asked(kit, { host: spelled }), "one", spelled);
      }
    },
  },
  {
    id: "IG62",
    law: "a host that nobody has answers 404 with the data plane's own body",
    when: serves,
    async run(ingress, kit) {
      await using places = await openPlaces(ingress, { one: { pathPrefix: "/in" } });
      for (const question of [{ host: "nobody.test" }, { path: "/out" }, { host: "127.0.0.1" }]) {
        const answer = await ask(kit.at, question);
        deepStrictEqual([answer.status, answer.fault], [404, "no-route"]);
        strictEqual((JSON.parse(answer.body.toString()) as { fault: string }).fault, "no-route");
      }
      strictEqual(await places.asked(kit, { path: "/in" }), "one");
    },
  },
  {
    id: "IG63",
    law: "a route that moves is found at its new place, and not at its old one",
    when: serves,
    async run(ingress, kit) {
      await using places = await openPlaces(ingress, { one: { host: "old.example.test" } });
      const { route } = places;
      await serve(ingress, route("one", { host: "new.example.test", pathPrefix: "/x" }));
      strictEqual(await places.asked(kit, { host: "new.example.test", path: "/x" }), "one");
      await until("the old place is empty", async () => {
        return (await places.asked(kit, { host: "old.example.test" })) === "no-route";
      });
    },
  },
  {
    id: "IG84",
    law: "after every step of a random history each host answers as a map says",
    when: serves,
    async run(ingress, kit) {
      await using one = await openBackend("one");
      await using two = await openBackend("two");
      const random = seededRandom(`${kit.seed}/IG84`);
      const model = new Map<string, string>();
      let current = ingress;
      for (let step = 0; step < 60; step++) {
        const [kind = 0, which = 0, value = 0] = random.bytes(3);
        const name = `r${which % 5}`;
        const backend = value % 2 === 0 ? one : two;
        if (kind < 150) {
          const match = { host: `${name}.example.test` };
          await serve(current, routeTo([backend], { name, match }));
          model.set(name, backend.id);
        } else if (kind < 240 || !ingress.capabilities.durable) {
          strictEqual(await current.remove(name), model.delete(name));
        } else {
          current = (await kit.reopen?.()) ?? current;
          for (const each of model.keys()) {
            await current.served(each, (await current.status(each))?.generation ?? 0);
          }
        }
        for (let i = 0; i < 5; i++) {
          const wanted = model.get(`r${i}`) ?? "no-route";
          const asked = () => ask(kit.at, { host: `r${i}.example.test` });
          await until(`r${i} is ${wanted}`, async () => nameOf(await asked()) === wanted);
        }
      }
    },
  },
];

/** Dot segments, separators and escapes that two readers may read differently. */
const crossing: readonly string[] = [
  "/x/../admin",
  "/x/%2e%2e/admin",
  "/x/.%2E/admin",
  "/./admin",
  "/admin/..",
  "/x/..%2fadmin",
  "/x%2f..%2fadmin",
  "/x/..%5cadmin",
  "/%2fadmin",
  "/admin%2fx",
  "/%5cadmin",
];

interface Places extends AsyncDisposable {
  route(name: string, match: Partial<RouteMatch>): ReturnType<typeof routeTo>;
  /** Which route answered, or the data plane's fault. */
  asked(kit: IngressKit, question: Question): Promise<string>;
  /** The same for a path that no client would send as it is. */
  raw(kit: IngressKit, host: string, path: string): Promise<string>;
  last(name: string): TestBackend["seen"][number] | undefined;
}

/** One backend per route, which answers with the route's name. */
async function openPlaces(
  ingress: IngressProvider,
  matches: Readonly<Record<string, Partial<RouteMatch>>>,
): Promise<Places> {
  const held = new AsyncDisposableStack();
  const backends = new Map<string, TestBackend>();
  const route = (name: string, match: Partial<RouteMatch>) =>
    routeTo(
      [...backends.values()].filter(({ id }) => id === name),
      { name, match },
    );
  for (const [name, match] of Object.entries(matches)) {
    backends.set(name, held.use(await openBackend(name)));
    await serve(ingress, route(name, match));
  }
  return {
    route,
    asked: async ({ at }, question) => nameOf(await ask(at, question)),
    async raw({ at }, name, path) {
      const text = await sendRaw(
        at,
        `GET ${path} HTTP/1.1\r\nhost: ${name}\r\nconnection: close\r\n\r\n`,
      );
      const fault = /^x-fault: (.*?)\r$/im.exec(text)?.[1];
      if (fault !== undefined) return fault;
      return [...backends.keys()].find((each) => text.includes(`\r\n${each}`)) ?? text;
    },
    last: (name) => backends.get(name)?.seen.at(-1),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

function nameOf({ fault, body }: Answer): string {
  return fault ?? body.toString();
}
