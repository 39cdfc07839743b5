import { Bedplate } from "@bedplate/sdk";
import { silentLog } from "@bedplate/telemetry";
import { type BedplateServer, checkConfig, listen, openServer } from "../src/index.ts";

/** A server on a free port, and a client with its first key. */
export interface Rig extends AsyncDisposable {
  readonly server: BedplateServer;
  readonly url: string;
  readonly client: Bedplate;
  /** A raw request with the first key. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

export async function openRig(
  options: { readonly slots?: readonly string[]; readonly config?: object } = {},
): Promise<Rig> {
  const { slots = ["fake"], config = {} } = options;
  const environments = { fake: { isEnabled: true } };
  const server = await openServer(checkConfig({ data: "memory:", environments, ...config }), {
    slots,
    log: silentLog,
  });
  const listening = await listen(server, { host: "127.0.0.1", port: 0 });
  const { url } = listening;
  const client = new Bedplate({ url, key: server.adminKey, retriesMax: 0 });
  const authorization = `Bearer ${server.adminKey}`;
  return {
    server,
    url,
    client,
    fetch: (path, init = {}) =>
      fetch(new URL(path, url), {
        ...init,
        headers: { authorization, "content-type": "application/json", ...init.headers },
      }),
    [Symbol.asyncDispose]: async () => {
      await listening[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
