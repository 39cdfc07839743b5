import { execFileSync } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "@bedplate/clock";
import type { OpenedTarget } from "@bedplate/conformance";
import { IngressProvider } from "@bedplate/ingress";
import { type IngressKit, withLaggard } from "@bedplate/ingress/conformance";
import { findFreePort, findProgram, killAfterLines, openScratchFolder } from "@bedplate/testkit";
import { openHaproxyIngress } from "../src/index.ts";

/** Runs an engine for one case. */
export async function openTarget(): Promise<OpenedTarget<IngressProvider, IngressKit>> {
  const held = new AsyncDisposableStack();
  const folder = join(held.use(openScratchFolder("bedplate-haproxy")).path, "engine");
  const port = await findFreePort();
  const tlsPort = await findFreePort();
  const certificates = held.use(openScratchFolder()).path;
  const open = () =>
    openHaproxyIngress({
      folder,
      port,
      program: findProgram("haproxy"),
      limits: { routesMax: 64 },
      pools: 4,
      headersMs: 1_000,
      graceMs: 200,
      tls: { port: tlsPort, certificates },
    });
  let engine = await open();
  const lagging = held.use(await withLaggard(engine));
  const target = held.use(new IngressProvider(lagging.driver));
  let current = target;
  const reopen = async () => {
    await current.close();
    engine = await open();
    current = held.use(new IngressProvider(engine));
    return current;
  };
  const kit: IngressKit = {
    clock: {
      now: () => systemClock.now(),
      advance: (ms) => systemClock.sleep(ms),
    },
    seed: "haproxy",
    at: { host: "127.0.0.1", port },
    second: async () => new IngressProvider(lagging.driver),
    reopen,
    crash: async (linesMin) => {
      await target.close();
      const module = new URL("crash-writer.ts", import.meta.url);
      const args = [folder, String(port), findProgram("haproxy") ?? ""];
      const reports = await killAfterLines(module, { args, linesMin });
      engine = await open();
      return { reports, ingress: held.use(new IngressProvider(engine)) };
    },
    killEngine: async () => {
      for (const pid of processesOf(engine.pid)) process.kill(pid, "SIGKILL");
    },
    certificates: {
      at: { host: "127.0.0.1", port: tlsPort },
      async put(name, pem) {
        writeFileSync(join(certificates, `.${name}.next`), pem, { mode: 0o600 });
        renameSync(join(certificates, `.${name}.next`), join(certificates, `${name}.pem`));
      },
    },
    laggard: lagging.laggard,
    stall: async (ms) => {
      for (const pid of processesOf(engine.pid)) process.kill(pid, "SIGSTOP");
      await systemClock.sleep(ms);
      for (const pid of processesOf(engine.pid)) process.kill(pid, "SIGCONT");
    },
  };
  return { target, kit, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** A master and its workers. */
function processesOf(master: number | undefined): readonly number[] {
  const lines = execFileSync("ps", ["-eo", "pid=,pgid="], { encoding: "utf8" }).trim().split("\n");
  return lines
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, group]) => (pid !== undefined && group === master ? [pid] : []));
}
