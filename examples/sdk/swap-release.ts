// Opens a server in this process, registers a second release of a slot, and swaps to it.
import { fakePlugin } from "@bedplate/environment-fake";
import { Bedplate } from "@bedplate/sdk";
import { checkConfig, openServer } from "@bedplate/server";

const config = checkConfig({ data: "memory:", environments: { fake: { isEnabled: true } } });
await using server = await openServer({ ...config, logLevel: "error" }, { slots: ["fake"] });
const client = new Bedplate({
  url: "http://embedded",
  key: server.adminKey,
  fetch: (request) => server.fetch(request),
});

const build = `sha256:${"0".repeat(64)}` as const;
const plugin = fakePlugin({ manifest: { plugin: { name: "fake", version: "9.0.0", build } } });
await server.registry.releases.register(
  { plugin: plugin as never, grants: plugin.manifest.wants },
  { actor: "ada" },
);
const before = await client.environments.get("fake");
const after = await client.registry.swap("fake", { name: "fake", version: "9.0.0" });
console.log(before.release, "->", after.release, "generation", after.generation);
