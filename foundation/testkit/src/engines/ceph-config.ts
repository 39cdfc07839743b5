import { join } from "node:path";
import type { CephPlace } from "./ceph-programs.ts";

const gib = 1_073_741_824;

/** `ceph.conf`: everything on the loopback interface and in one folder, one copy of each object, and no waiting for peers. */
export function cephConfig(place: CephPlace): string {
  const { root, folder, clusterId, monitorPort, storePort, gatewayPort } = place;
  const { libraries } = root;
  const settings = {
    fsid: clusterId,
    keyring: join(folder, "keyring"),
    mon_host: `v2:127.0.0.1:${monitorPort}`,
    public_addr: "127.0.0.1",
    ms_bind_ipv6: false,
    ms_bind_msgr1: false,
    ms_bind_port_min: storePort,
    ms_bind_port_max: storePort + 300,
    mon_data: join(folder, "mon"),
    osd_data: join(folder, "osd"),
    rgw_data: join(folder, "rgw"),
    run_dir: folder,
    admin_socket: '""',
    log_file: '""',
    log_to_stderr: true,
    err_to_stderr: true,
    mon_cluster_log_file: '""',
    osd_class_dir: join(libraries, "rados-classes"),
    erasure_code_dir: join(libraries, "ceph/erasure-code"),
    plugin_dir: join(libraries, "ceph"),
    ...pools,
    ...store,
    ...patience,
    rgw_frontends: `beast endpoint=127.0.0.1:${gatewayPort} tcp_nodelay=1`,
    rgw_thread_pool_size: 32,
    rgw_dns_name: "localhost",
    rgw_run_sync_thread: false,
    rgw_enable_lc_threads: false,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  return `[global]\n${lines.join("")}`;
}

const pools = {
  osd_pool_default_size: 1,
  osd_pool_default_min_size: 1,
  osd_pool_default_pg_num: 1,
  osd_pool_default_pgp_num: 1,
  osd_pool_default_pg_autoscale_mode: "off",
  osd_crush_chooseleaf_type: 0,
  mon_allow_pool_size_one: true,
} as const;

/** A sparse file, and little memory. */
const store = {
  osd_objectstore: "bluestore",
  bluestore_block_size: 8 * gib,
  bluestore_block_create: true,
  bluestore_fsck_on_mount: false,
  bluestore_cache_autotune: false,
  bluestore_cache_size: gib / 16,
  osd_memory_target: gib,
  mon_data_avail_warn: 1,
  mon_data_avail_crit: 1,
} as const;

/** A cluster of one decides alone: its pauses for the sake of others are cut short. */
const patience = {
  paxos_propose_interval: 0.02,
  paxos_min_wait: 0.01,
  ms_initial_backoff: 0.02,
  ms_max_backoff: 0.2,
  mon_client_hunt_interval: 0.3,
  mon_client_hunt_interval_backoff: 1,
} as const;
