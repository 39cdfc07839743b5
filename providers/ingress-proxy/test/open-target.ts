import { join } from "node:path";
import { VirtualClock } from "@bedplate/clock";
import type { OpenedTarget } from "@bedplate/conformance";
import { IngressProvider } from "@bedplate/ingress";
import { type IngressKit, type IngressMutant, withLaggard } from "@bedplate/ingress/conformance";
import { killAfterLines, openScratchFolder } from "@bedplate/testkit";
import { openProxyIngress } from "../src/index.ts";
import { certificateWriter } from "./certificate-writer.ts";

type Broken = Pick<IngressMutant, "breakDriver" | "breakPlane" | "breakCertificates">;

/** Opens a proxy for one case; a mutant may break it. */
export async function openTarget(
  { breakDriver: wrap, breakPlane, breakCertificates }: Broken = {
    breakDriver: (driver) => driver,
  },
): Promise<OpenedTarget<IngressProvider, IngressKit>> {
  const held = new AsyncDisposableStack();
  const journalPath = join(held.use(openScratchFolder()).path, "routes.jsonl");
  const clock = new VirtualClock();
  const limits = { routesMax: 64, mirrorBodyBytesMax: 4_096 };
  const certificates = held.use(openScratchFolder()).path;
  const options = { clock, limits, journalPath, headersMs: 1_000, graceMs: 200 };
  const open = (port: number, tlsPort: number) =>
    openProxyIngress({ ...options, port, tls: { port: tlsPort, certificates } });
  const first = await open(0, 0);
  const tlsPort = first.tlsPort ?? 0;
  const port = Number(first.origin.port);
  const lagging = held.use(await withLaggard(first));
  const driver = wrap(lagging.driver);
  const target = held.use(new IngressProvider(driver));
  let current = target;
  const reopen = async () => {
    await current.close();
    current = held.use(new IngressProvider(wrap(await open(port, tlsPort))));
    return current;
  };
  const at = { host: "127.0.0.1", port };
  const plane = breakPlane && held.use(await breakPlane({ at, driver }));
  const writer = certificateWriter(certificates, { host: "127.0.0.1", port: tlsPort });
  const control = breakCertificates ? held.use(await breakCertificates(writer)) : writer;
  const kit: IngressKit = {
    clock,
    seed: "proxy",
    at: plane?.at ?? at,
    second: async () => new IngressProvider(driver),
    reopen,
    crash: async (linesMin) => {
      await target.close();
      const module = new URL("crash-writer.ts", import.meta.url);
      const reports = await killAfterLines(module, { args: [journalPath], linesMin });
      const survivor = await openProxyIngress({ journalPath });
      return { reports, ingress: held.use(new IngressProvider(survivor)) };
    },
    certificates: control,
    laggard: lagging.laggard,
    stall: async (ms) => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    },
  };
  return { target, kit, [Symbol.asyncDispose]: () => held.disposeAsync() };
}
