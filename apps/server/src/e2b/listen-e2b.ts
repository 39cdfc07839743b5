import { readFile } from "node:fs/promises";
import { toE2bKey } from "@bedplate/e2b";
import type { ServerConfig } from "../config.ts";
import type { BedplateServer } from "../open-server.ts";
import { openFront } from "./open-front.ts";

/** A front door that is open, and what clients have to know to use it. */
export interface ListeningE2b extends AsyncDisposable {
  /** Environment variables of E2B's clients. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Gives the front door its ports; undefined where the operator wants none. */
export async function listenE2b(
  server: Pick<BedplateServer, "front" | "adminKey">,
  config: Pick<ServerConfig, "listen" | "e2b">,
): Promise<ListeningE2b | undefined> {
  const { isEnabled, port, tls } = config.e2b;
  if (!isEnabled) return undefined;
  await using opened = new AsyncDisposableStack();
  const front = opened.use(await openFront(server.front, config.e2b));
  const { host } = config.listen;
  const url = await front.listen({ host, port });
  if (tls.cert !== "" && tls.key !== "") {
    const [cert, key] = await Promise.all([readFile(tls.cert, "utf8"), readFile(tls.key, "utf8")]);
    await front.listen({ host, port: tls.port, tls: { cert, key } });
  }
  const resources = opened.move();
  return {
    variables: {
      E2B_API_URL: url,
      E2B_SANDBOX_URL: url,
      E2B_API_KEY: toE2bKey(server.adminKey),
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
