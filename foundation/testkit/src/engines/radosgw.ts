import { randomUUID } from "node:crypto";
import { eventually } from "../eventually.ts";
import { openScratchFolder } from "../scratch.ts";
import { makeCephCluster, startCephCluster } from "./ceph-cluster.ts";
import type { CephPlace } from "./ceph-programs.ts";
import { openDaemonEngine } from "./daemon-engine.ts";
import type { Engine } from "./engine.ts";
import { openEngineRoot } from "./engine-root.ts";
import { findFreePort, isListening } from "./free-port.ts";
import { type S3Account, s3Url } from "./s3-account.ts";
import { giveTo, unprivilegedUser } from "./unprivileged-user.ts";

/** Starts Ceph's S3 gateway on a cluster of its own; what was acknowledged survives `kill` and `restart`. */
export async function startRadosgw(account: S3Account): Promise<Engine> {
  const scratch = openScratchFolder("bedplate-ceph");
  const user = unprivilegedUser();
  giveTo(user, scratch.path);
  const place: CephPlace = {
    root: openEngineRoot(),
    user,
    folder: scratch.path,
    clusterId: randomUUID(),
    monitorPort: await findFreePort(),
    storePort: await findFreePort(),
    gatewayPort: await findFreePort(),
  };
  let isMade = false;
  return openDaemonEngine({
    url: s3Url(place.gatewayPort, account),
    port: place.gatewayPort,
    stopSignal: "SIGKILL",
    async start() {
      const daemon = await (isMade ? startCephCluster(place) : makeCephCluster(place, account));
      isMade = true;
      // It says that it serves a moment before it listens.
      await eventually("the gateway listens", () => isListening(place.gatewayPort));
      return daemon;
    },
    cleanUp: () => scratch[Symbol.dispose](),
  });
}
