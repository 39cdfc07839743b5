import { expect, test } from "vitest";
import { TlsHosts } from "../src/index.ts";

const route = (
  name: string,
  host: string,
  age: number,
  tls?: readonly [string, "1.2" | "1.3"],
) => ({
  age,
  spec: {
    name,
    match: { host, pathPrefix: `/${name}` },
    ...(tls && { tls: { certificate: tls[0], versionMin: tls[1] } }),
  },
});

test("an exact host comes before a wildcard, which stands for one label", () => {
  const hosts = new TlsHosts();
  hosts.add(route("a", "*.x.test", 1, ["wild", "1.2"]));
  hosts.add(route("b", "b.x.test", 2, ["exact", "1.3"]));
  hosts.add(route("c", "c.x.test", 3));
  expect(hosts.find("b.x.test")).toEqual({ certificate: "exact", versionMin: "1.3" });
  expect(hosts.find("B.X.test.")?.certificate).toBe("exact");
  // A route without TLS has no part in handshakes.
  expect(hosts.find("c.x.test")?.certificate).toBe("wild");
  for (const host of ["x.test", "a.b.x.test", "", ".x.test", "y.test"]) {
    expect(hosts.find(host)).toBeNull();
  }
});

test("of one host's routes the oldest names the certificate, and none shuts out another's clients", () => {
  const hosts = new TlsHosts();
  const [first, second, third] = [
    route("a", "x.test", 5, ["one", "1.3"]),
    route("b", "x.test", 6, ["one", "1.2"]),
    route("c", "x.test", 4, ["two", "1.3"]),
  ];
  for (const each of [first, second]) hosts.add(each);
  expect(hosts.find("x.test")).toEqual({ certificate: "one", versionMin: "1.2" });
  hosts.add(third);
  expect(hosts.find("x.test")).toEqual({ certificate: "two", versionMin: "1.3" });
  hosts.delete(third);
  hosts.delete(second);
  expect([...hosts.all()]).toEqual([["x.test", { certificate: "one", versionMin: "1.3" }]]);
  hosts.delete(first);
  expect([...hosts.all()]).toEqual([]);
});
