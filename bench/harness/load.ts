import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { BenchServer } from "./bench-server.ts";

/** What a load generator does. */
export interface LoadPlan {
  /** The body of `POST /v1/runs`, without `wait`. */
  readonly body: object;
  /** Clients that each ask one thing at a time. */
  readonly connections: number;
  /** `wait`: each request is answered when its run has ended. `queue`: when it is accepted. */
  readonly mode: "wait" | "queue";
  /** Runs before the measurement. */
  readonly warmUpRuns: number;
  readonly runs: number;
}

/** What came of it. */
export interface LoadResult {
  /** From the first request until the last run had ended. */
  readonly wallMs: number;
  readonly runs: number;
  /** Of requests. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** In mode `queue`: from the first request until the last was accepted. */
  readonly acceptMs: number;
  readonly serverCpuMs: number;
  readonly clientCpuMs: number;
}

/** Loads a server from a process of its own. */
export async function runLoad(server: BenchServer, plan: LoadPlan): Promise<LoadResult> {
  const main = join(import.meta.dirname, "load-main.ts");
  const { url, key, pid } = server;
  const order = JSON.stringify({ url: url.href, key, pid, plan });
  const child = spawn(process.execPath, [main], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(order);
  return JSON.parse(await text(child.stdout)) as LoadResult;
}
