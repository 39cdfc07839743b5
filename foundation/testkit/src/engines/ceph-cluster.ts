import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cephConfig } from "./ceph-config.ts";
import { type CephPlace, runCeph, startCeph } from "./ceph-programs.ts";
import type { Daemon } from "./daemon.ts";
import { groupDaemons } from "./daemon-group.ts";
import type { S3Account } from "./s3-account.ts";
import { giveTo } from "./unprivileged-user.ts";

/** Makes an empty cluster with one account, and leaves it running. */
export async function makeCephCluster(place: CephPlace, account: S3Account): Promise<Daemon> {
  for (const name of ["mon", "osd", "rgw"]) {
    const path = join(place.folder, name);
    mkdirSync(path);
    giveTo(place.user, path);
  }
  writeFileSync(join(place.folder, "ceph.conf"), cephConfig(place));
  await makeKeyring(place);
  await makeMonitor(place);
  return startInOrder([
    () => startMonitor(place),
    () => makeStore(place).then(() => startStore(place)),
    () => makeAccount(place, account).then(() => startGateway(place)),
  ]);
}

/** Starts a cluster that was made before. */
export function startCephCluster(place: CephPlace): Promise<Daemon> {
  // In this order: a client that finds no store waits for ten seconds before it looks again.
  return startInOrder([startMonitor, startStore, startGateway].map((start) => () => start(place)));
}

async function startInOrder(starts: readonly (() => Promise<Daemon>)[]): Promise<Daemon> {
  const started: Daemon[] = [];
  try {
    for (const start of starts) started.push(await start());
    return groupDaemons(started);
  } catch (error) {
    await groupDaemons(started).kill();
    throw error;
  }
}

async function makeKeyring(place: CephPlace): Promise<void> {
  const everything = ["--cap", "osd", "allow *", "--cap", "mgr", "allow *"];
  const entries = [
    ["--create-keyring", "-n", "mon.", "--cap", "mon", "allow *"],
    ["-n", "client.admin", "--cap", "mon", "allow *", ...everything],
    ["-n", "osd.0", "--cap", "mon", "allow profile osd", ...everything],
  ];
  for (const entry of entries) {
    await runCeph(place, ["ceph-authtool", join(place.folder, "keyring"), "--gen-key", ...entry]);
  }
}

async function makeMonitor(place: CephPlace): Promise<void> {
  const map = join(place.folder, "monmap");
  const address = `[v2:127.0.0.1:${place.monitorPort}]`;
  const named = ["--addv", "a", address, "--fsid", place.clusterId];
  await runCeph(place, ["monmaptool", "--create", ...named, map]);
  await runCeph(place, ["ceph-mon", "--mkfs", "-i", "a", "--monmap", map]);
}

async function makeStore(place: CephPlace): Promise<void> {
  const id = randomUUID();
  await runCeph(place, ["python3", place.root.path("ceph"), "osd", "new", id]);
  await runCeph(place, ["ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", id]);
}

/** Makes the gateway's pools too, and so takes some seconds. */
async function makeAccount(place: CephPlace, { accessKey, secretKey }: S3Account): Promise<void> {
  const keys = [`--access-key=${accessKey}`, `--secret-key=${secretKey}`];
  await runCeph(place, [
    "radosgw-admin",
    "user",
    "create",
    "--uid=test",
    "--display-name=test",
    ...keys,
  ]);
}

function startMonitor(place: CephPlace): Promise<Daemon> {
  return startCeph(place, { command: ["ceph-mon", "-f", "-i", "a"], ready: /is new leader/ });
}

function startStore(place: CephPlace): Promise<Daemon> {
  return startCeph(place, { command: ["ceph-osd", "-f", "-i", "0"], ready: /booting -> active/ });
}

function startGateway(place: CephPlace): Promise<Daemon> {
  const command = ["radosgw", "-f", "-n", "client.admin"];
  return startCeph(place, { command, ready: /starting handler: beast/ });
}
