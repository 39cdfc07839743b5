import { raise } from "@bedplate/errors";
import type { HostPort, Permission, PortOf } from "../host-port.ts";

/** Builds the host as one plug-in may see it: ports for what was granted, nothing else. */
export function createHostPort(options: {
  readonly owner: string;
  readonly grants: readonly Permission[];
  readonly ports: Partial<PortOf>;
}): HostPort {
  const { owner, grants, ports } = options;
  const granted: ReadonlySet<string> = new Set(grants);
  return {
    owner,
    granted,
    use(permission) {
      const port = granted.has(permission) ? ports[permission] : undefined;
      if (port !== undefined) return port as never;
      throw raise("permission.denied", {
        op: "host.use",
        detail: { permission },
        blame: "plugin",
        message: `Cannot use ${permission}: it was not granted`,
      });
    },
  };
}
