import { raise } from "@bedplate/errors";
import type { Volume } from "./volume.ts";

export function missingVolume(name: string): Error {
  return raise("resource.missing", {
    op: "volumes.get",
    subject: `volume/${name}`,
    detail: { type: "volume", id: name },
    message: `Cannot find volume/${name}: there is none in this project`,
  });
}

/** What a volume cannot be used for while machines have it. */
export function heldVolume(
  verb: "mount" | "delete",
  { volume, by }: { readonly volume: Pick<Volume, "name">; readonly by: string },
): Error {
  return raise("resource.busy", {
    op: verb === "mount" ? "machines.create" : "volumes.delete",
    subject: `volume/${volume.name}`,
    effect: "none",
    detail: { type: "volume", id: volume.name, by },
    message: `Cannot ${verb} volume/${volume.name}: machine/${by} has it until it is deleted`,
  });
}

export function existingVolume(name: string): Error {
  return raise("resource.exists", {
    op: "volumes.create",
    subject: `volume/${name}`,
    detail: { type: "volume", id: name },
    message: `Cannot create volume/${name}: the project has one of that name`,
  });
}

export function invalidVolume(op: string, path: string, rule: string): Error {
  return raise("argument.invalid", {
    op,
    detail: { path, rule },
    message: `Cannot do ${op}: ${path} ${rule}`,
  });
}

/** One more than the quota allows, or more bytes. */
export function overQuota(meter: "volumes" | "volumeMiB", limit: number, asked: number): Error {
  return raise("quota.exceeded", {
    op: "volumes.create",
    detail: { meter, limit, asked },
    message: `Cannot create the volume: the project may have ${limit} ${meter}, and would have ${asked}`,
  });
}

/** A slot whose machines have no volumes. */
export function undeclaredVolumes(op: string, slot: string): Error {
  return raise("capability.undeclared", {
    op,
    subject: `slot/${slot}`,
    detail: { facet: "exec.volumes" },
    message: `Cannot do ${op}: the environment of slot/${slot} does not declare exec.volumes`,
  });
}

export function missingSlot(op: string, slot: string): Error {
  return raise("resource.missing", {
    op,
    subject: `slot/${slot}`,
    detail: { type: "slot", id: slot },
    message: `Cannot do ${op} on slot/${slot}: no node has it`,
  });
}

/** No node can have it now. */
export function homelessVolume(slot: string, reason: string): Error {
  return raise("environment.unhealthy", {
    op: "volumes.create",
    subject: `slot/${slot}`,
    blame: "host",
    effect: "none",
    detail: { reason },
    message: `Cannot create the volume: ${reason}`,
  });
}

export function reusedKey(detail: {
  readonly key: string;
  readonly first: string;
  readonly now: string;
}): Error {
  return raise("idempotency.mismatch", {
    op: "volumes.create",
    detail,
    message: `Cannot create the volume: the key ${detail.key} was used for another request`,
  });
}

/** No node has all these labels, whatever else it has. */
export function unknownLabels(labels: Readonly<Record<string, string>>): Error {
  const id = Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(",")
    .slice(0, 256);
  return raise("resource.missing", {
    op: "volumes.create",
    effect: "none",
    detail: { type: "node", id },
    message: "Cannot create the volume: no node has the labels that it wants",
  });
}
