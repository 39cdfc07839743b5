import type { KeyedCall } from "@bedplate/environment";
import { type InstanceHandle, type InstanceSpec, newCall } from "@bedplate/environment";
import type { Machine, StoredHandle } from "../machine.ts";

/** Who asks environments for instances of machines: the same after a restart, so that keys are known. */
export const machinesPrincipal = "machines";

/** The key that an instance of a machine is created with. */
export function instanceKey({ id, attempt }: Pick<Machine, "id" | "attempt">): string {
  return `${id}.${attempt}`;
}

/** The machine of an instance's key; undefined for a key of another form. */
export function machineOfKey(
  key: string,
): { readonly id: string; readonly attempt: number } | undefined {
  const [, id, attempt] = /^([0-9a-z]+)\.(\d{1,9})$/.exec(key) ?? [];
  return id === undefined ? undefined : { id, attempt: Number(attempt) };
}

/** What the environment is asked for. */
export function specOf(machine: Machine): InstanceSpec {
  const { artifact, source, config, caps, env, egress, id, project, volumes } = machine;
  return {
    artifact,
    ...(source && { from: source.manifest }),
    config,
    caps,
    labels: { machine: id, project },
    ...(Object.keys(env).length > 0 && { env }),
    ...(egress && { egress }),
    ...(volumes && { volumes: volumes.map(({ name: _name, ...mount }) => mount) }),
  };
}

export function storeHandle(handle: InstanceHandle): StoredHandle {
  return { ...handle, state: Buffer.from(handle.state).toString("base64") };
}

export function readHandle(handle: StoredHandle): InstanceHandle {
  return { ...handle, state: new Uint8Array(Buffer.from(handle.state, "base64")) };
}

/** The call of one operation on an instance. */
export function instanceCall(options: {
  readonly key: string;
  readonly timeoutMs: number;
  readonly now: () => number;
}): KeyedCall {
  return newCall({ principal: machinesPrincipal, ...options });
}
