import type { Digest } from "@bedplate/codec";
import { encodeProgramInput, type GuestEvent } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import {
  type BytesView,
  cancelRun,
  followLogs,
  getOutput,
  getRun,
  type LogView,
  listRuns,
  replayRun,
  type SubmitRunBody,
  submitRun,
} from "@bedplate/routes";
import type { LogOptions, RunRequest, RunService } from "@bedplate/runs";
import { guessSlot, type SlotHints } from "../guess-slot.ts";
import { bytesOf, viewBytes, viewRun } from "../run-view.ts";
import { type Endpoint, type Exchange, endpoint } from "./exchange.ts";
import { parseLabels } from "./parse-labels.ts";

/** What the run endpoints are built from. */
export interface RunEndpointModules {
  readonly runs: RunService;
  readonly hints: () => SlotHints;
  /** Where another replica is reached; undefined when it is gone. */
  readonly urlOf: (replica: string) => Promise<string | undefined>;
}

/** Everything under `/v1/runs`. */
export function runEndpoints({ runs, hints, urlOf }: RunEndpointModules): readonly Endpoint[] {
  return [
    endpoint(submitRun, async (exchange) => {
      const request = toRequest(exchange, hints());
      const isAwaited = exchange.body.wait === true;
      const { signal } = exchange;
      return viewRun(
        isAwaited ? await runs.execute(request, { signal }) : await runs.submit(request),
      );
    }),
    endpoint(listRuns, async ({ principal, query }) => {
      const page = await runs.list({
        ...query,
        labels: parseLabels(query.labels, "runs.list"),
        project: principal.project,
      });
      return { runs: page.runs.map(viewRun), ...(page.next !== undefined && { next: page.next }) };
    }),
    endpoint(getRun, async ({ principal, params, query, signal }) => {
      const id = params["id"] ?? "";
      const { waitMs } = query;
      if (waitMs === undefined) return viewRun(await runs.get(principal.project, id));
      const until = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
      return viewRun(await runs.wait(principal.project, { id, signal: until }));
    }),
    endpoint(cancelRun, async ({ principal, params }) =>
      viewRun(await runs.cancel(principal.project, params["id"] ?? "")),
    ),
    endpoint(replayRun, ({ principal, params, signal }) =>
      runs.replay(principal.project, { id: params["id"] ?? "", signal }),
    ),
    endpoint(followLogs, ({ principal, params, query, replica, signal }) => {
      const id = params["id"] ?? "";
      const elsewhere = replica && logsElsewhere(id, { replica, signal, urlOf });
      const isFollowed = query.follow === true;
      return viewLogs(runs.logs(principal.project, { id, isFollowed, signal, elsewhere }));
    }),
    endpoint(getOutput, async ({ principal, params }) =>
      runs.output(await runs.get(principal.project, params["id"] ?? "")),
    ),
  ];
}

/** Follows a log on the replica that executes the run. */
function logsElsewhere(
  id: string,
  options: Pick<RunEndpointModules, "urlOf"> & {
    readonly replica: NonNullable<Exchange["replica"]>;
    readonly signal: AbortSignal;
  },
): NonNullable<LogOptions["elsewhere"]> {
  const { replica, signal, urlOf } = options;
  return async (holder) => {
    const url = await urlOf(holder);
    return url === undefined
      ? undefined
      : readLogs(replica(url).runs.logs(id, { follow: true, signal }));
  };
}

async function* readLogs(views: AsyncIterable<LogView>): AsyncGenerator<GuestEvent, void, void> {
  for await (const { topic, data } of views) yield { topic, data: bytesOf(data) };
}

async function* viewLogs(
  events: AsyncIterable<{ readonly topic: string; readonly data: Uint8Array }>,
): AsyncGenerator<LogView, void, void> {
  for await (const { topic, data } of events) yield { topic, data: viewBytes(data) };
}

function toRequest(exchange: Exchange<never, SubmitRunBody>, hints: SlotHints): RunRequest {
  const { body, principal, idempotencyKey, trace } = exchange;
  const { artifact, slot, name, entry, config, budget, priority, labels } = body;
  const bytes = "digest" in artifact ? undefined : bytesOf(artifact);
  return {
    project: principal.project,
    slot: slot ?? guessSlot({ name, bytes }, hints),
    artifact: bytes ?? ((artifact as { readonly digest: string }).digest as Digest),
    artifactName: name,
    entry,
    input: inputOf(body),
    config,
    budget,
    priority,
    labels,
    idempotencyKey,
    trace,
  };
}

/** Raw input where it is given, else the program input that the other members make. */
function inputOf(body: SubmitRunBody): Uint8Array {
  const { input, args, env, stdin, files, name } = body;
  const isProgram = [args, env, stdin, files].some((each) => each !== undefined);
  if (input !== undefined && isProgram) throw twoInputs();
  if (input !== undefined) return bytesOf(input);
  return encodeProgramInput({
    args: args ?? [],
    env: env ?? {},
    ...(stdin !== undefined && { stdin: bytesOf(stdin) }),
    ...(files !== undefined && { files: readFiles(files) }),
    ...(name !== undefined && { name }),
  });
}

function readFiles(files: Readonly<Record<string, BytesView>>): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(files).map(([path, view]) => [path, bytesOf(view)]));
}

function twoInputs(): Error {
  return raise("argument.invalid", {
    op: "runs.submit",
    detail: { path: "/input", rule: "excludes args, env, stdin and files" },
    message: "Cannot submit the run: /input excludes args, env, stdin and files",
  });
}
