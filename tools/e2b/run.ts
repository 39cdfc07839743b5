/**
 * Runs the official client's own suite against a server of this tree, and says what of it passed and
 * what the server left behind: `npm run e2b -- FOLDER_OF_THE_SUITE`. Needs root on Linux; see
 * docs/how-to/use-the-e2b-sdk.md.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { openScratchFolder } from "@bedplate/testkit";
import { added, findLeftOvers, isNothing, type LeftOvers, worded } from "./left-overs.ts";
import { type RunningServer, startServer } from "./server.ts";
import { type CaseResult, prepareSuite, runSuite, type Suite, unpassed } from "./suite.ts";
import { insidePlan, makeWorld, runInsideWorld } from "./world.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Runs the cases on the sources of that published version; several in their order. */
    sdk: { type: "string", multiple: true, default: [] },
    times: { type: "string", default: "1" },
    /** Parts of the paths of test files. */
    file: { type: "string", multiple: true, default: [] },
    case: { type: "string" },
    /** Keeps reports and the server's log there. */
    keep: { type: "string" },
  },
});

const [suitePath] = positionals;
if (suitePath === undefined) {
  process.stderr.write("Usage: npm run e2b -- SUITE [--sdk VERSION] [--times N] [--file PART]\n");
  process.exit(64);
}

/** A suite, and which of its cases need a server. */
interface Measured {
  readonly suite: Suite;
  readonly live: readonly string[];
}

/** What nobody answers for. */
const nowhere = { E2B_API_KEY: `e2b_${"0".repeat(40)}`, E2B_DOMAIN: "nowhere.invalid" };

const planPath = insidePlan();
process.exit(planPath === undefined ? await prepare(suitePath) : await measure(planPath));

/** Outside: what needs the network of this computer. */
async function prepare(path: string): Promise<number> {
  using scratch = openScratchFolder();
  // Machines' own users pass through.
  chmodSync(scratch.path, 0o711);
  const at = (name: string) => join(scratch.path, name);
  mkdirSync(values.keep ?? at("kept"), { recursive: true });
  const own = prepareSuite(path, { folder: at("suite") });
  const live = await liveCases(own, at("without.json"));
  const others = values.sdk.map((version, index) =>
    prepareSuite(path, { folder: at(`suite-${index}`), version }),
  );
  const plan: Measured[] = (others.length === 0 ? [own] : others).map((suite) => ({ suite, live }));
  writeFileSync(at("plan.json"), JSON.stringify(plan));
  return await runInsideWorld(at("plan.json"));
}

/** Inside: a server, the suites against it, and what is left of them. */
async function measure(planPath: string): Promise<number> {
  const folder = dirname(planPath);
  const plan: readonly Measured[] = JSON.parse(readFileSync(planPath, "utf8"));
  const kept = values.keep ?? join(folder, "kept");
  mkdirSync(join(folder, "world"));
  const world = await makeWorld(join(folder, "world"));
  mkdirSync(join(folder, "server"), { mode: 0o711 });
  const server = await startServer(world, { folder: join(folder, "server"), kept });
  const before = findLeftOvers(server.places);
  let failures = 0;
  for (const { suite, live } of plan) {
    for (let time = 1; time <= Number(values.times); time++) {
      const report = join(kept, `${suite.version}-${time}.json`);
      failures += await measureOnce(server, { suite, live: new Set(live), report });
    }
  }
  say(`machines: ${(await server.command("machine", "ls", "--json")).trim() || "none"}`);
  say(
    `what stands ready, and what is left: ${worded(added(before, findLeftOvers(server.places)))}`,
  );
  await server.stop();
  const left = withoutWorld(findLeftOvers(server.places), before);
  say(`after the server's end: ${worded(left)}`);
  return failures === 0 && isNothing(left) ? 0 : 1;
}

/** Cases that need a server: those that fail without one, on the sources that they were written for. */
async function liveCases(suite: Suite, report: string): Promise<readonly string[]> {
  const results = await runSuite(suite, {
    env: nowhere,
    files: values.file,
    report,
    pattern: values.case,
  });
  // With --case the others are skipped, and so do not count.
  const live = results.filter(({ status }) => status === "failed").map(({ name }) => name);
  say(`${suite.name} ${suite.version}: ${live.length} of ${results.length} cases need a server`);
  return live;
}

async function measureOnce(
  { env }: RunningServer,
  run: { readonly suite: Suite; readonly live: ReadonlySet<string>; readonly report: string },
): Promise<number> {
  const { suite, live, report } = run;
  const files = [...new Set([...live].map((name) => name.split(" > ")[0] ?? ""))];
  const began = Date.now();
  const results = await runSuite(suite, { env, files, report, pattern: values.case });
  const failed = unpassed(live, results);
  const seconds = Math.round((Date.now() - began) / 1000);
  say(`${suite.version}: ${live.size - failed.length} of ${live.size} passed, ${seconds} s`);
  for (const each of failed) say(`  ${each.status}: ${each.name}: ${firstLine(each)}`);
  writeFileSync(
    `${report}.txt`,
    failed.map(({ name, reason }) => `${name}\n${reason}\n`).join("\n"),
  );
  return failed.length;
}

function firstLine({ reason }: CaseResult): string {
  return reason.split("\n")[0]?.slice(0, 200) ?? "";
}

/** Without what this tool itself has there: its own processes and mounts. */
function withoutWorld(left: LeftOvers, before: LeftOvers): LeftOvers {
  const { processes = [], mounts = [], ...rest } = left;
  const { mounts: mountsBefore } = before;
  const own = /internet\.ts/;
  return {
    ...rest,
    processes: processes.filter((each) => !own.test(each)),
    mounts: mounts.filter((each) => !(mountsBefore ?? []).includes(each)),
  };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
