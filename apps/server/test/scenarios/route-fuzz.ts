import { allRoutes, type Route } from "@bedplate/routes";
import type { Bedplate } from "@bedplate/sdk";
import { openRig, type Rig } from "../rig.ts";
import { type Chance, chanceOf } from "./chance.ts";
import { type JsonSchema, pick, valueFor } from "./value-for-schema.ts";

/** What came of sending broken requests to the routes of machines, templates, webhooks and so on. */
export interface RouteFuzzReport {
  readonly requests: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers of 500 or more, refusals without a code or a pointer, requests without an answer. */
  readonly bad: readonly string[];
  /** Records that are there and that no answer told of. */
  readonly leftBehind: readonly string[];
  /** Routes that never answered with success. */
  readonly neverGood: readonly string[];
}

const paths = /^\/v1\/(machine|template|build|image|event|webhook|node|volume|warm)/;
/** Longest that a refusal may take, on a busy host; what waits or follows is left alone then. */
const answerMsMax = 10_000;
const patienceMs = 300;

/** Sends requests that fit their routes by half, to fake machines. */
export async function routeFuzzScenario(options: {
  readonly requests: number;
  readonly seed: number;
}): Promise<RouteFuzzReport> {
  const { requests, seed } = options;
  const slot = "fake-machine";
  await using rig = await openRig({
    slots: [slot],
    config: {
      environments: { [slot]: { isEnabled: true } },
      machines: { slot },
      // No request leaves this host, whatever it asks for.
      templates: { registries: {} },
    },
  });
  const chance = chanceOf(seed);
  const routes = allRoutes.filter(({ path }) => paths.test(path));
  const tally = new Tally();
  const ids = await seedRecords(rig.client);
  const told = new Set([...ids, ...(await recordsOf(rig.client))]);
  for (let i = 0; i < requests; i++) {
    // What was there before may be stopped or deleted by now.
    if (i % 150 === 149) {
      const more = await seedRecords(rig.client);
      ids.splice(0, seeds, ...more);
      for (const id of more) told.add(id);
    }
    const route = pick(routes, chance);
    const request = requestOf(route, { chance, ids });
    const answer = await send(rig, route, request);
    tally.note(route, request, answer);
    if (route.method === "GET" || answer.status >= 400) continue;
    const found = answer.text.match(idPattern) ?? [];
    for (const id of found) told.add(id);
    ids.push(...found.filter((id) => !ids.includes(id)));
    while (ids.length > idsMax) ids.splice(seeds + chance(ids.length - seeds), 1);
  }
  const leftBehind = (await recordsOf(rig.client)).filter((id) => !told.has(id));
  const neverGood = routes.map(({ id }) => id).filter((id) => !tally.good.has(id));
  return { requests, statuses: tally.statuses, bad: tally.bad.slice(0, 8), leftBehind, neverGood };
}

/** Ids of machines, snapshots and so on, as answers have them. */
const idPattern = /\b(?:[ms][0-9a-z]{25}|(?:webhook|template|build|process)_[0-9a-z]{25})\b/g;
/** How many ids requests choose from; those that were made first stay. */
const idsMax = 40;
const seeds = 4;

interface Sent {
  readonly path: string;
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

const noAnswer = 0;

/** Counts answers. */
class Tally {
  readonly statuses: Record<string, number> = {};
  readonly bad: string[] = [];
  readonly good = new Set<string>();

  note(route: Route, request: Sent, { status, text }: Answer): void {
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    if (status !== noAnswer && status < 400) {
      this.good.add(route.id);
      return;
    }
    const why = reproach(status, text);
    if (why === undefined) return;
    const body = typeof request.body === "string" ? request.body.slice(0, 300) : "";
    this.bad.push(`${why}: ${route.method} ${request.path} ${body} -> ${text.slice(0, 300)}`);
  }
}

/** What is wrong with a refusal; undefined for a good one. */
function reproach(status: number, text: string): string | undefined {
  if (status === noAnswer) return "no answer";
  if (status >= 500 && status !== 501) return "a fault of the server";
  let fault: { readonly code?: unknown; readonly detail?: { readonly path?: unknown } } | undefined;
  try {
    ({ fault } = JSON.parse(text));
  } catch {
    return "no JSON";
  }
  if (typeof fault?.code !== "string") return "no code";
  if (fault.code === "argument.invalid" && typeof fault.detail?.path !== "string")
    return "no pointer";
  return undefined;
}

/** A machine with a process, a snapshot, a webhook: so that requests get further than "not found". */
async function seedRecords({ machines, webhooks }: Bedplate): Promise<string[]> {
  const { id } = await machines.create({ waitMs: answerMsMax });
  const argv = ["do", JSON.stringify([{ do: "sleep" }])];
  const process = await machines.processes(id).start(argv, { hasInput: true });
  const snapshot = await machines.capture(id, { scope: "files" });
  // A project may have so many and no more.
  for (const each of await webhooks.list()) await webhooks.delete(each.id);
  const { webhook } = await webhooks.create({ url: "https://example.com/hook" });
  return [id, process.id, snapshot.id, webhook.id];
}

const oddIds = ["x", "%00", "..%2f..", "__proto__", "%F0%9F%98%80", "a%20b", "0", "x".repeat(300)];

/** Which ids fit a path, by the word before them. */
const formOf: Readonly<Record<string, RegExp>> = {
  machine: /^m[0-9a-z]{25}$/,
  snapshot: /^s[0-9a-z]{25}$/,
  processe: /^process_/,
  webhook: /^webhook_/,
  template: /^template_/,
  build: /^build_/,
};

function requestOf(
  route: Route,
  { chance, ids }: { readonly chance: Chance; readonly ids: readonly string[] },
): Sent {
  const path = route.path.replace(/(\w+)s\/\{(\w+)\}/g, (_, noun: string, name: string) => {
    const fitting = ids.filter((id) => formOf[noun]?.test(id));
    if (chance(8) === 0) return `${noun}s/${pick(oddIds, chance)}`;
    if (name === "port") return `${noun}s/${1 + chance(65_536)}`;
    return `${noun}s/${pick(fitting.length > 0 && chance(8) > 0 ? fitting : ids, chance)}`;
  });
  const url = new URL(path, "http://x");
  const made = valueFor((route.query?.jsonSchema ?? {}) as JsonSchema, chance);
  const query = typeof made === "object" && made !== null ? made : {};
  for (const [name, value] of Object.entries(query)) {
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    url.searchParams.append(name, text.toWellFormed());
  }
  return { path: `${path}${url.search}`, body: bodyOf(route, chance) };
}

function bodyOf({ body }: Route, chance: Chance): Sent["body"] {
  if (body.form === "none") return undefined;
  if (body.form !== "json") {
    return Uint8Array.from({ length: chance(200) }, () => chance(256));
  }
  const text = JSON.stringify(valueFor(body.schema.jsonSchema as JsonSchema, chance)) ?? "";
  return chance(15) === 0 ? text.slice(0, chance(text.length + 1)) : text;
}

async function send(rig: Rig, route: Route, { path, body }: Sent): Promise<Answer> {
  const isPatient = /waitMs|follow|stream|changes|output|exec|logs/.test(path);
  const signal = AbortSignal.timeout(isPatient ? patienceMs : answerMsMax);
  try {
    const init = { method: route.method, signal, ...(body !== undefined && { body }) };
    const answer = await rig.fetch(path, init);
    if (answer.ok && route.answer.form !== "json") {
      await answer.body?.cancel();
      return { status: answer.status, text: "" };
    }
    return { status: answer.status, text: await answer.text() };
  } catch {
    // What waits for something that does not come was taken, and is not refused.
    return { status: isPatient ? 299 : noAnswer, text: "" };
  }
}

/** The id of every record. */
async function recordsOf({ machines, templates, webhooks }: Bedplate): Promise<readonly string[]> {
  const found = [...(await templates.list()), ...(await webhooks.list())].map(({ id }) => id);
  let cursor: string | undefined;
  do {
    const page = await machines.list({ limit: 200, cursor });
    found.push(...page.machines.map(({ id }) => id));
    cursor = page.next;
  } while (cursor !== undefined);
  do {
    const page = await machines.snapshots({ limit: 200, cursor });
    found.push(...page.snapshots.map(({ id }) => id));
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}
