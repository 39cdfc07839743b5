import { openScratchFolder } from "../scratch.ts";
import { startDaemon } from "./daemon.ts";
import { openDaemonEngine } from "./daemon-engine.ts";
import type { Engine } from "./engine.ts";
import { openEngineRoot } from "./engine-root.ts";
import { findFreePort } from "./free-port.ts";
import { type S3Account, s3Url } from "./s3-account.ts";
import { giveTo, unprivilegedUser } from "./unprivileged-user.ts";

/** Starts moto's S3: in memory, so a restart empties it, and lax with signatures and checksums. */
export async function startMoto(account: S3Account): Promise<Engine> {
  const root = openEngineRoot();
  const scratch = openScratchFolder("bedplate-moto");
  const user = unprivilegedUser();
  giveTo(user, scratch.path);
  const port = await findFreePort();
  const args = ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)];
  return openDaemonEngine({
    url: s3Url(port, account),
    port,
    stopSignal: "SIGKILL",
    start: () =>
      startDaemon({
        ...root.program("python3", args),
        folder: scratch.path,
        ready: /Running on http/,
        user,
        variables: root.variables,
      }),
    cleanUp: () => scratch[Symbol.dispose](),
  });
}
