import { chmod } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { digestBytes } from "@bedplate/codec";
import { isSignature } from "@bedplate/e2b";
import { createHostPort, newCall, openEnvironment } from "@bedplate/environment";
import { type ContainerDeclares, containerPlugin } from "@bedplate/environment-container";
import { createLog } from "@bedplate/telemetry";
import { openScratchFolder } from "@bedplate/testkit";
import { Sandbox } from "e2b";
import { SandboxFront } from "../../src/e2b/sandbox-front.ts";
import type { ReachedSandbox, SandboxGate } from "../../src/e2b/sandbox-gate.ts";

/** What a sandbox of a test is, beyond its machine. */
export type SandboxTraits = Partial<
  Pick<ReachedSandbox, "accessToken" | "trafficToken" | "maskHost" | "hasInterpreter">
>;

/** One machine behind the front door, without a control plane. */
export interface SandboxRig extends AsyncDisposable {
  readonly url: string;
  /** Where the official client finds the sandbox. */
  readonly sandbox: Sandbox;
  readonly id: string;
  /** From now on the sandbox is not there any more, for the door. */
  hide(): void;
}

/** Makes a machine on this host and a door to it. */
export async function openSandboxRig(traits: SandboxTraits = {}): Promise<SandboxRig> {
  await using opened = new AsyncDisposableStack();
  const scratch = opened.use(openScratchFolder());
  // Machines' own users pass through.
  await chmod(scratch.path, 0o711);
  const instance = await openMachine(scratch.path, opened);
  let isHidden = false;
  let keys = 0;
  const call = (options: {
    readonly timeoutMs: number;
    readonly signal?: AbortSignal | undefined;
  }) => newCall({ principal: "test", key: `rig-${keys++}`, ...options });
  const id = "m1";
  const { exec, files, serve } = instance.facets;
  const reached: ReachedSandbox = {
    use: { sandboxId: id, exec, files, call },
    serve,
    env: {},
    hasInterpreter: false,
    status: () => instance.status(call({ timeoutMs: 10_000 })),
    ...traits,
  };
  const gate: SandboxGate = {
    look: async (asked) => (asked === id && !isHidden ? { ...traits, isRunning: true } : undefined),
    reach: async (asked) => (asked === id && !isHidden ? reached : undefined),
    findSigned: async ({ signature, grant }) =>
      isSignature(signature, grant, traits.accessToken ?? "") ? id : undefined,
  };
  const log = createLog({ write: () => {}, now: Date.now, level: "error" });
  const control = (_: unknown, response: { end(): void }) => response.end();
  const front = opened.use(new SandboxFront({ gate, control, log }));
  const server = createServer((request, response) => void front.answer(request, response));
  server.on("upgrade", (request, socket, head) => void front.upgrade(request, socket, head));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.defer(() => void server.close());
  opened.defer(() => server.closeAllConnections());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const resources = opened.move();
  return {
    url,
    id,
    sandbox: clientOf(url, { id, ...traits }),
    hide: () => {
      isHidden = true;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function openMachine(folder: string, opened: AsyncDisposableStack) {
  const image = new TextEncoder().encode('{"root":"host"}');
  const call = (key: string) => newCall({ principal: "test", timeoutMs: 60_000, key });
  const host = createHostPort({
    owner: `e2b-${process.pid}-${Math.random()}`,
    grants: ["blob:read"],
    ports: { "blob:read": { read: async () => image } },
  });
  const config = { stateFolder: `${folder}/state`, dataFolder: `${folder}/data` };
  const environment = await openEnvironment<ContainerDeclares>(
    containerPlugin,
    { host, config: { ...config, diskBytes: 128 * 1024 * 1024 } },
    call("open"),
  );
  opened.defer(() => environment.close(call("close")));
  const instance = await environment.create(
    { artifact: digestBytes(image), config: { user: "root" }, caps: {}, labels: {} },
    call("create"),
  );
  await instance.start(call("start"));
  return instance;
}

/** The official client, made without a control API. */
function clientOf(
  sandboxUrl: string,
  options: { readonly id: string; readonly accessToken?: string | undefined },
): Sandbox {
  const { id: sandboxId, accessToken: envdAccessToken } = options;
  const make = Sandbox as unknown as new (options: object) => Sandbox;
  const key = `e2b_${"0".repeat(40)}`;
  return new make({ sandboxId, sandboxUrl, envdAccessToken, envdVersion: "0.6.4", apiKey: key });
}
