import type { Plugin } from "@bedplate/environment";
import { encodeScript, fakePlugin } from "@bedplate/environment-fake";
import { openRig } from "../rig.ts";

/** What came of swapping a slot under load. */
export interface SwapReport {
  readonly submitted: number;
  /** Runs that did not end with the outcome that they must have. */
  readonly lost: number;
  /** Invocations beyond one per run. */
  readonly doubled: number;
  readonly swaps: number;
  /** Runs by the version that executed them. */
  readonly byVersion: Readonly<Record<string, number>>;
  /** Whether the last old release could be retired: nothing of it was left. */
  readonly isOldGone: boolean;
}

/** Sends runs at a rate, and swaps the slot between two releases meanwhile. */
export async function swapScenario(options: {
  readonly perSecond: number;
  readonly seconds: number;
  readonly swaps: number;
}): Promise<SwapReport> {
  const { perSecond, seconds, swaps } = options;
  await using rig = await openRig({ config: { limits: { concurrentRuns: 32 } } });
  const { registry } = rig.server;
  let invocations = 0;
  const before = (on: string) => {
    if (on === "invoke") invocations++;
  };
  for (const version of ["2.0.0", "3.0.0"]) {
    const plugin = fakePlugin({ version, before }) as unknown as Plugin;
    await registry.releases.register({ plugin, grants: plugin.manifest.wants }, { actor: "test" });
  }
  await registry.slots.swap(
    "fake",
    { name: "fake", version: "2.0.0" },
    { actor: "test", drainMs: 5_000 },
  );
  const versions = ["3.0.0", "2.0.0"];
  const swapping = swapAgainAndAgain(rig, {
    swaps,
    everyMs: (seconds * 1000) / (swaps + 1),
    versions,
  });
  const results = await sendAtRate(rig, { perSecond, seconds });
  await swapping;
  const byVersion: Record<string, number> = {};
  for (const { release } of results.ended) byVersion[release] = (byVersion[release] ?? 0) + 1;
  const isOldGone = await retireOld(rig, versions[swaps % 2] ?? "");
  return {
    submitted: results.submitted,
    lost: results.submitted - results.ended.length,
    doubled: invocations - results.submitted,
    swaps,
    byVersion,
    isOldGone,
  };
}

type OpenedRig = Awaited<ReturnType<typeof openRig>>;

async function swapAgainAndAgain(
  { client }: OpenedRig,
  options: {
    readonly swaps: number;
    readonly everyMs: number;
    readonly versions: readonly string[];
  },
): Promise<void> {
  for (let i = 0; i < options.swaps; i++) {
    await new Promise((resolve) => setTimeout(resolve, options.everyMs));
    const version = options.versions[i % 2] ?? "";
    await client.registry.swap("fake", { name: "fake", version, drainMs: 10_000 });
  }
}

async function sendAtRate(
  { client }: OpenedRig,
  options: { readonly perSecond: number; readonly seconds: number },
): Promise<{
  readonly submitted: number;
  readonly ended: readonly { readonly release: string }[];
}> {
  const artifact = encodeScript({
    steps: [
      { do: "sleep", ms: 15 },
      { do: "output", text: "x" },
    ],
  });
  const { digest } = await client.artifacts.put(artifact);
  const startedAt = performance.now();
  const total = options.perSecond * options.seconds;
  const pending: Promise<{ readonly release: string; readonly phase: string }>[] = [];
  for (let i = 0; i < total; i++) {
    const dueMs = startedAt + (i * 1000) / options.perSecond - performance.now();
    if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
    pending.push(client.runs.submit({ slot: "fake", artifact: { digest }, wait: true }));
  }
  const settled = await Promise.allSettled(pending);
  const ended = settled.flatMap((each) =>
    each.status === "fulfilled" && each.value.phase === "done" ? [each.value] : [],
  );
  return { submitted: total, ended };
}

/** The slot stands for the other one; what drained has nothing left, so it can be retired. */
async function retireOld({ client }: OpenedRig, version: string): Promise<boolean> {
  try {
    await client.registry.retire({ name: "fake", version }, { orphans: "refuse" });
    return true;
  } catch {
    return false;
  }
}
