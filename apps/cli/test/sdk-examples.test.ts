import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync } from "node:fs";
import { join } from "node:path";
import { checkConfig, listen, openServer } from "@bedplate/server";
import { silentLog } from "@bedplate/telemetry";
import { expect, test } from "vitest";
import { house } from "./bedplate.ts";

/** What each example prints; a new example has to be listed. */
const printed: Readonly<Record<string, RegExp>> = {
  "build-a-template.ts":
    /^FROM host\nRUN echo hello > \S+\nENV GREETING\nthe template is ready\nready sha256:\w+\n$/,
  "call-function.ts": /^2 \+ 3 = \{ text: '5' \}\n20 \+ 22 = \{ text: '42' \}\n$/,
  "keep-a-ledger.ts":
    /^first returned\nsecond returned\nsecond returned\nbatches 2 transactions 1\nafter batch 1 keys 1\n$/,
  "outcomes.ts":
    /^\{ kind: 'exhausted', meter: 'fuel' \}\nresource\.missing never \{ type: 'slot', id: 'cobol' \}\n$/,
  "run-python.ts": /^\['a', 'b'\]\nreturned sha256:\w+\n$/,
  "submit-once.ts": /^true 1\n$/,
  "swap-release.ts": /^fake@\S+ -> fake@9\.0\.0 generation 2\n$/,
};

/** Hosts without containers leave these out, as they list the tests of containers. */
const needContainers: ReadonlySet<string> = new Set(["build-a-template.ts"]);

async function runExample(
  name: string,
  variables: Readonly<Record<string, string>>,
): Promise<string> {
  const child = spawn(process.execPath, [join("examples/sdk", name)], {
    cwd: house,
    env: { PATH: process.env["PATH"], ...variables },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (each: string) => {
    text += each;
  });
  await once(child, "close");
  return text;
}

test("the SDK examples print what they promise", async () => {
  const names = globSync("*.ts", { cwd: join(house, "examples/sdk") }).toSorted();
  expect(names).toEqual(Object.keys(printed));
  await using server = await openServer(checkConfig({ data: "memory:" }), { log: silentLog });
  await using listening = await listen(server, { host: "127.0.0.1", port: 0 });
  const variables = { BEDPLATE_URL: listening.url, BEDPLATE_KEY: server.adminKey };
  const hasContainers = server.missing.every(({ slot }) => slot !== "container");
  for (const name of names) {
    if (needContainers.has(name) && !hasContainers) continue;
    expect(await runExample(name, variables)).toMatch(printed[name] ?? /^$/);
  }
}, 240_000);
