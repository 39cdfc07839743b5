/**
 * Starts one of each engine for work by hand, for benchmarks and for `bedplate conformance`.
 *
 * Usage: node tools/services/services.ts start|stop|status
 *
 * `start` prints their URLs as shell variables: `eval "$(node tools/services/services.ts start)"`.
 * They listen on the loopback interface only, on free ports, with random passwords, and everything
 * in them goes when they stop. Tests do not need them: they start their own.
 */
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import {
  type Engine,
  type EngineKind,
  engineAbsence,
  eventually,
  startPostgres,
  startRedis,
  startS3,
} from "@bedplate/testkit";

interface Service {
  readonly variable: string;
  readonly kind: EngineKind;
  readonly start: () => Promise<Engine>;
}

const services: readonly Service[] = [
  { variable: "BEDPLATE_TEST_POSTGRES_URL", kind: "postgres", start: () => startPostgres() },
  { variable: "BEDPLATE_TEST_REDIS_URL", kind: "redis", start: () => startRedis() },
  { variable: "BEDPLATE_TEST_S3_LIGHT_URL", kind: "s3-light", start: () => startS3("light") },
  { variable: "BEDPLATE_TEST_S3_STRICT_URL", kind: "s3-strict", start: () => startS3("strict") },
];

/** What is known of services that run. */
interface Running {
  readonly pid: number;
  readonly urls: Readonly<Record<string, string>>;
  /** Why an engine does not run, by its kind. */
  readonly absent: Readonly<Record<string, string>>;
}

const folder = join(import.meta.dirname, "../../.bedplate/services");
const stateFile = join(folder, "running.json");
const logFile = join(folder, "services.log");
const startTimeoutMs = 180_000;
const stopTimeoutMs = 30_000;

function findRunning(): Running | undefined {
  if (!existsSync(stateFile)) return undefined;
  const running: Running = JSON.parse(readFileSync(stateFile, "utf8"));
  try {
    process.kill(running.pid, 0);
    return running;
  } catch {
    return undefined;
  }
}

async function start(): Promise<void> {
  if (findRunning() === undefined) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    rmSync(stateFile, { force: true });
    const log = openSync(logFile, "w", 0o600);
    const keeper = spawn(process.execPath, [import.meta.filename, "keep"], {
      detached: true,
      stdio: ["ignore", log, log],
    });
    keeper.unref();
    await eventually(
      `the services start; see ${logFile}`,
      () => keeper.exitCode !== null || findRunning() !== undefined,
      { timeoutMs: startTimeoutMs },
    );
  }
  report();
}

/** Holds the engines until it is told to end; when it dies otherwise, they go with it. */
async function keep(): Promise<void> {
  const told = new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, resolve);
  });
  await using stack = new AsyncDisposableStack();
  const urls: Record<string, string> = {};
  const absent: Record<string, string> = {};
  for (const { variable, kind, start: open } of services) {
    const reason = engineAbsence(kind);
    if (reason === undefined) urls[variable] = stack.use(await open()).url;
    else absent[kind] = reason;
  }
  const running: Running = { pid: process.pid, urls, absent };
  writeFileSync(`${stateFile}.draft`, JSON.stringify(running), { mode: 0o600 });
  renameSync(`${stateFile}.draft`, stateFile);
  const held = setInterval(() => {}, 60_000);
  await told;
  clearInterval(held);
}

async function stop(): Promise<void> {
  const running = findRunning();
  if (running !== undefined) {
    process.kill(running.pid, "SIGTERM");
    await eventually("the services end", () => findRunning() === undefined, {
      timeoutMs: stopTimeoutMs,
    });
  }
  rmSync(stateFile, { force: true });
}

function report(): void {
  const running = findRunning();
  if (running === undefined) {
    process.stderr.write(`services: none run${existsSync(logFile) ? `; see ${logFile}` : ""}\n`);
    process.exitCode = 1;
    return;
  }
  for (const [name, url] of Object.entries(running.urls)) {
    process.stdout.write(`export ${name}='${url}'\n`);
  }
  for (const [kind, reason] of Object.entries(running.absent)) {
    process.stderr.write(`services: ${kind} is absent: ${reason}\n`);
  }
}

const commands: Readonly<Record<string, () => void | Promise<void>>> = {
  start,
  stop,
  status: report,
  keep,
};
const command = commands[process.argv[2] ?? ""];
if (command === undefined) {
  process.stderr.write("Usage: node tools/services/services.ts start|stop|status\n");
  process.exitCode = 64;
} else {
  await command();
}
