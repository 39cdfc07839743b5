import type { IdRange } from "../berth/id-range.ts";
import { machineFilter, machineProfile } from "../seccomp/profile.ts";
import { machineMounts, maskedPaths, readOnlyPaths } from "./mounts.ts";

export type RuntimeName = "crun" | "runc" | "runsc";

/** What a bundle is made for. */
export interface BundleOptions {
  readonly runtime: RuntimeName;
  /** Folder that becomes the machine's root. */
  readonly rootFolder: string;
  readonly hostName: string;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly user: { readonly uid: number; readonly gid: number };
  readonly ids: IdRange;
  /** Where the machine's cgroup is, from the top of each hierarchy. */
  readonly cgroupPath: string;
  /** A name space that is ready; absent: a new one, with nothing but a loopback. */
  readonly networkNamespace?: string | undefined;
  /** Folders and files of the host that appear inside. */
  readonly binds: readonly Bind[];
  /** Whether the machine's root user has a root user's power over the machine's own files and users. */
  readonly hasRoot: boolean;
  readonly sharedMemoryBytes: number;
  readonly temporaryBytes: number;
  readonly openFilesMax: number;
}

export interface Bind {
  readonly source: string;
  readonly target: string;
  readonly isReadOnly: boolean;
}

/**
 * What a root user needs for `chown`, `su` and package managers. All of it counts in the machine's
 * own user name space only.
 */
const rootCapabilities = [
  ..."CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID CAP_SETUID".split(" "),
  ..."CAP_NET_BIND_SERVICE CAP_SYS_CHROOT".split(" "),
];

/** The configuration of a machine for an OCI runtime. */
export function ociConfig(options: BundleOptions): object {
  const { runtime, rootFolder, hostName } = options;
  return {
    ociVersion: "1.0.2",
    root: { path: rootFolder, readonly: false },
    hostname: hostName,
    process: processOf(options),
    mounts: machineMounts(options),
    ...(runtime === "crun" && { annotations: crunAnnotations() }),
    linux: linuxOf(options),
  };
}

function processOf(options: BundleOptions): object {
  const { argv, environment, user, hasRoot, openFilesMax } = options;
  const capabilities = hasRoot ? rootCapabilities : [];
  const open = { type: "RLIMIT_NOFILE", soft: Math.min(1024, openFilesMax), hard: openFilesMax };
  return {
    terminal: false,
    user: { ...user, umask: 0o022, additionalGids: [] },
    args: argv,
    env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    cwd: "/",
    noNewPrivileges: true,
    // None inheritable and none ambient: what root starts as another user has none.
    capabilities: {
      bounding: capabilities,
      effective: capabilities,
      permitted: capabilities,
      inheritable: [],
      ambient: [],
    },
    rlimits: [
      open,
      { type: "RLIMIT_CORE", soft: 0, hard: 0 },
      { type: "RLIMIT_MEMLOCK", soft: 65_536, hard: 65_536 },
    ],
    oomScoreAdj: 500,
  };
}

// gVisor makes the name spaces, the filter and the users of what runs inside itself.
function linuxOf(options: BundleOptions): object {
  const { runtime, ids, networkNamespace, cgroupPath } = options;
  const isSentry = runtime === "runsc";
  const network = { type: "network", ...(networkNamespace && { path: networkNamespace }) };
  const names = ["pid", "mount", "ipc", "uts", "cgroup", ...(isSentry ? [] : ["user"])];
  const mapping = [{ containerID: 0, hostID: ids.first, size: ids.count }];
  return {
    namespaces: [...names.map((type) => ({ type })), network],
    ...(!isSentry && { uidMappings: mapping, gidMappings: mapping }),
    // Told none, runc makes one below ours, and what is counted there does not show in ours; crun is
    // told to make none.
    ...(runtime === "runc" && { seccomp: machineProfile(), cgroupsPath: cgroupPath }),
    maskedPaths,
    readonlyPaths: readOnlyPaths,
    rootfsPropagation: "private",
  };
}

function crunAnnotations(): Readonly<Record<string, string>> {
  return { "run.oci.seccomp_bpf_data": machineFilter() };
}
