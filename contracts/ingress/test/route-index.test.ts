import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type IndexedRoute,
  matchKey,
  normaliseHost,
  normalisePrefix,
  type RequestPlace,
  RouteIndex,
  type RouteMatch,
} from "../src/index.ts";
import { readPath } from "../src/matching/request-place.ts";

const segment = fc.constantFrom("a", "b", "%61", "a%2Fb", "ab");
const path = fc.array(segment, { maxLength: 3 }).map((segments) => `/${segments.join("/")}`);
const prefix = path.filter((each) => normalisePrefix(each) !== null);
const host = fc.constantFrom("x.test", "a.x.test", "b.x.test", "c.a.x.test");
const pattern = fc.oneof(host, fc.constantFrom("*.x.test", "*.test"));
const match: fc.Arbitrary<RouteMatch> = fc.record(
  {
    host: pattern,
    pathPrefix: prefix,
    methods: fc.constantFrom(["GET"], ["GET", "PUT"]),
    headers: fc.constantFrom({ a: "1" }, { a: "1", b: "2" }, { a: "2" }),
  },
  { requiredKeys: ["host", "pathPrefix"] },
);

const request = fc.record({
  host,
  target: path,
  method: fc.constantFrom("GET", "PUT", "POST"),
  a: fc.constantFrom("1", "2"),
  b: fc.constantFrom("2", "3"),
});

test("the index finds what a look at every route finds, whatever was added and taken out", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ match, isKept: fc.boolean() }), { maxLength: 12 }),
      fc.array(request, { maxLength: 8 }),
      (changes, requests) => {
        const index = new RouteIndex<IndexedRoute>();
        const kept: IndexedRoute[] = [];
        for (const [age, change] of changes.entries()) {
          const route = { name: `r${age}`, match: change.match, age };
          index.add(route);
          if (change.isKept) kept.push(route);
          else index.delete(route);
        }
        for (const { a, b, ...place } of requests) {
          const header = (name: string) => ({ a, b })[name];
          expect(index.find({ ...place, header })).toEqual(search(kept, { ...place, header }));
        }
      },
    ),
  );
});

test.for([
  ["/a", { literal: "/a" }],
  ["/a?b/../c", { literal: "/a" }],
  ["/%7Ea/%61%2d", { literal: "/~a/a-" }],
  ["/a%c3%a9", { literal: "/a%C3%A9" }],
  ["//a///b/", { literal: "/a/b/" }],
  ["/a%2fb", { literal: "/a%2Fb", decoded: "/a/b" }],
  ["/a\\b", { literal: "/a\\b", decoded: "/a/b" }],
  ["/a%252e%252e", { literal: "/a%252e%252e" }],
  ["/%zz", { literal: "/%zz" }],
  ["/...", { literal: "/..." }],
  ["/a/..", null],
  ["/a/%2E%2e/b", null],
  ["/a%2f..", null],
  ["/.%5cb", null],
] as const)("the path %s is read as %j", ([target, readings]) => {
  expect(readPath(target)).toEqual(readings);
});

test("a path that was read reads the same again", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const once = readPath(`/${text}`.replace(/[?#]/g, ""));
      if (once !== null) expect(readPath(once.literal)?.literal).toBe(once.literal);
    }),
  );
});

test.for([
  ["A.Example:80", "a.example"],
  ["a.example.", "a.example"],
  ["a.example.:443", "a.example"],
  ["[::1]:80", "[::1]"],
  ["", ""],
] as const)("the host %s is %s", ([written, normal]) => {
  expect(normaliseHost(written)).toBe(normal);
});

test("matches are one when they match the same requests", () => {
  const key = matchKey({ host: "a.test", pathPrefix: "/a", methods: ["PUT", "GET"] });
  expect(matchKey({ host: "a.test", pathPrefix: "/%61/", methods: ["GET", "PUT", "GET"] })).toBe(
    key,
  );
  expect(matchKey({ host: "a.test", pathPrefix: "/a" })).not.toBe(key);
});

/** The rules, as simply as they can be said. */
function search(routes: readonly IndexedRoute[], request: RequestPlace) {
  const readings = readPath(request.target);
  if (readings === null) return "ambiguous";
  const found = best(routes, readings.literal, request);
  if (readings.decoded === undefined) return found;
  return best(routes, readings.decoded, request) === found ? found : "ambiguous";
}

function best(routes: readonly IndexedRoute[], wanted: string, request: RequestPlace) {
  const fitting = routes.filter(({ match }) => fits(match, wanted, request));
  return fitting.sort((x, y) => compare(rank(y), rank(x)))[0] ?? null;
}

function fits(match: RouteMatch, wanted: string, { host, method, header }: RequestPlace): boolean {
  const suffix = host.slice(host.indexOf("."));
  const start = normalisePrefix(match.pathPrefix) ?? "";
  return (
    (match.host === host || match.host === `*${suffix}`) &&
    (wanted === start || wanted.startsWith(`${start}/`)) &&
    (match.methods?.includes(method) ?? true) &&
    Object.entries(match.headers ?? {}).every(([name, value]) => header(name) === value)
  );
}

function rank({ match, age }: IndexedRoute): readonly number[] {
  const start = normalisePrefix(match.pathPrefix) ?? "";
  const headers = Object.keys(match.headers ?? {}).length;
  const isExact = match.host.startsWith("*") ? 0 : 1;
  return [isExact, start.length, headers, match.methods === undefined ? 0 : 1, -age];
}

function compare(x: readonly number[], y: readonly number[]): number {
  return x.map((each, i) => each - (y[i] ?? 0)).find((each) => each !== 0) ?? 0;
}
