import { chmod, mkdir } from "node:fs/promises";
import { digestBytes } from "@bedplate/codec";
import type { HostPort } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { Berths } from "./berth/berths.ts";
import { Moorings } from "./berth/moorings.ts";
import { ReadyBerths } from "./berth/ready-berths.ts";
import { openCgroups } from "./cgroup/cgroups.ts";
import type { SettledConfig } from "./config.ts";
import { ContainerEnvironment } from "./container-environment.ts";
import { guestProgram } from "./guest/guest-program.ts";
import { type HostFacts, readHostFacts } from "./host/host-facts.ts";
import { clearMachine } from "./machine/build-machine.ts";
import { endedKeptMs } from "./machine/ended-machines.ts";
import type { Ground } from "./machine/ground.ts";
import { readExit } from "./machine/machine-exit.ts";
import { machineFolder } from "./machine/machine-folder.ts";
import { newMachineName } from "./machine/machine-plan.ts";
import { knownRecord, recordOrLeft } from "./machine/machine-record.ts";
import { containerManifest, gvisorManifest } from "./manifest.ts";
import { HostNetworks } from "./network/host-networks.ts";
import { LazyNetworks } from "./network/lazy-networks.ts";
import { type Networks, noNetworks } from "./network/networks.ts";
import { hostResolver } from "./network/resolver.ts";
import { layersInUse } from "./rootfs/layers-in-use.ts";
import { Roots } from "./rootfs/roots.ts";
import { sweepDrafts } from "./snapshot/drafts.ts";
import { Volumes, volumesFolder } from "./volumes/volumes.ts";

/** Opens the environment on this host; what an earlier life left half made is removed. */
export async function openContainers(
  host: HostPort,
  { config, kind }: { readonly config: SettledConfig; readonly kind: "container" | "gvisor" },
): Promise<ContainerEnvironment> {
  const facts = await factsFor(kind);
  if (facts.missing.length > 0) throw lacking(facts.missing);
  await makePlaces(config);
  const mark = digestBytes(new TextEncoder().encode(`${kind}:${host.owner}`)).slice(7, 13);
  const networks = kind === "gvisor" ? noNetworks : networksOf(facts, { mark, config });
  const ground = groundOf({ host, config, facts, mark, networks, kind });
  const { berths } = ground;
  await clearHalfMade(ground);
  const own = berths.heldBy(ground.holder).map(({ machine }) => machine);
  await sweepDrafts(`${config.dataFolder}/disks`, new Set(own));
  const { holder: owner } = ground;
  const { moorings } = ground;
  const ready = new ReadyBerths({
    ...{ berths, networks, moorings, owner },
    wanted: config.warmNetworks,
    name: newMachineName,
    clear: ({ id, berth }) => clearMachine(ground, { id, berth: berth.number }),
  });
  const roots = new Roots({
    dataFolder: config.dataFolder,
    bounds: { bytesMax: config.imageBytesMax, entriesMax: config.imageEntriesMax },
    cacheBytesMax: config.layerCacheBytes,
    blobs: host.use("blob:read"),
    inUse: () => layersInUse(config.stateFolder),
  });
  roots.sweepSometimes();
  const volumes = kind === "container" ? await openVolumes(ground) : undefined;
  return new ContainerEnvironment({ host, ground, ready, roots, volumes });
}

/** The volumes of this owner; machines that have ended have none any more. */
function openVolumes(ground: Ground): Promise<Volumes> {
  const { berths, config, holder, mark } = ground;
  const folders = berths.heldBy(holder).map(({ machine }) => machineFolder(machine, config));
  const living = folders.filter(({ exit }) => readExit(exit) === undefined);
  const machines = living.flatMap(({ record }) => knownRecord(record) ?? []);
  return Volumes.open(volumesFolder(config.dataFolder, mark), machines);
}

/** What is missing for one of the two kinds. */
async function factsFor(kind: "container" | "gvisor"): Promise<HostFacts> {
  const facts = await readHostFacts();
  if (kind === "container" || facts.runtimes.runsc !== undefined) return facts;
  return {
    ...facts,
    missing: [...facts.missing, "runsc: apt-get install runsc (Debian backports)"],
  };
}

// Machines' own users pass through the state's folder, and may not look into it.
async function makePlaces({ stateFolder, dataFolder }: SettledConfig): Promise<void> {
  await mkdir(stateFolder, { recursive: true });
  await chmod(stateFolder, 0o711);
  for (const each of ["machines", "moorings"]) {
    await mkdir(`${stateFolder}/${each}`, { recursive: true });
    await chmod(`${stateFolder}/${each}`, 0o711);
  }
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
}

function groundOf(options: {
  readonly host: HostPort;
  readonly config: SettledConfig;
  readonly facts: HostFacts;
  readonly mark: string;
  readonly networks: Networks;
  readonly kind: "container" | "gvisor";
}): Ground {
  const { host, config, facts, mark, networks, kind } = options;
  const { cgroups: layout, runtimes } = facts;
  const wanted = runtimes[config.runtime] === undefined ? "runc" : config.runtime;
  const runtime = kind === "gvisor" ? "runsc" : wanted;
  const cgroups = openCgroups({ parent: `bedplate/${mark}`, runtimeJoins: runtime === "runc" });
  const { stateFolder, dataFolder, diskBytes: bytes, inodes } = config;
  const isShifted = runtime !== "runsc";
  const places = { stateFolder, dataFolder, isShifted, cgroups };
  return {
    owner: host.owner,
    holder: `${kind}:${host.owner}`,
    mark,
    release: (kind === "gvisor" ? gvisorManifest : containerManifest).plugin.build,
    runtime,
    engine: `${runtime} ${runtimes[runtime]?.version ?? ""}`,
    program: runtimes[runtime]?.path ?? "",
    guestProgram,
    config,
    berths: new Berths(`${config.sharedFolder}/berths`),
    moorings: new Moorings(places, { bytes, inodes }),
    cgroups,
    networks,
    hidden: layout.kind === "v1" ? layout.unified : undefined,
  };
}

/** Nothing of the host's network is touched before there is a machine. */
function networksOf(
  facts: HostFacts,
  options: { readonly mark: string; readonly config: SettledConfig },
): Networks {
  if (!facts.hasNetworkTools) return noNetworks;
  const { mark, config } = options;
  const [address = "", port = "53"] = config.resolver.split(":");
  const upstream = address === "" ? hostResolver() : { address, port: Number(port) };
  const { subnet, sharedFolder: folder, egressPacketsPerSecond: packetsPerSecond } = config;
  const open = () => HostNetworks.open({ mark, subnet, folder, upstream, packetsPerSecond });
  return new LazyNetworks(open, { mark, subnet });
}

function lacking(missing: readonly string[]): Error {
  const reason = `this host lacks ${missing.join("; ")}`;
  return raise("environment.unhealthy", {
    op: "environment.open",
    detail: { reason },
    message: `Cannot run machines: ${reason}`,
  });
}

/**
 * A berth without a record was being taken, or was being given back, when a process died; a machine
 * of the pool belonged to nobody; one that ended long ago is not asked for any more.
 */
async function clearHalfMade(ground: Ground): Promise<void> {
  for (const { machine: id, number: berth } of ground.berths.heldBy(ground.holder)) {
    const folder = machineFolder(id, ground.config);
    const read = recordOrLeft(folder.record);
    if (read === undefined) continue;
    const { record } = read;
    const endedAt = readExit(folder.exit)?.at ?? Number.POSITIVE_INFINITY;
    const isOld = Date.now() - endedAt > endedKeptMs;
    if (record === undefined || record.isSpare === true || isOld) {
      await clearMachine(ground, { id, berth, record });
    }
  }
}
