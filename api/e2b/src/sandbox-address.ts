/** A port of a sandbox, as a request names it. */
export interface SandboxAddress {
  readonly sandboxId: string;
  readonly port: number;
}

/** The port at which a sandbox's own processes and files are served. */
export const envdPort = 49_983;

/** Ids of sandboxes: they are parts of host names. */
export const sandboxIdPattern: RegExp = /^[a-z0-9]{1,63}$/;

const hostPattern = /^(\d{1,5})-([a-z0-9]{1,63})\.(.+)$/;

/** Host names that stand for no sandbox of their own: headers decide. */
const sharedHost = /^(localhost|\[.*\]|\d{1,3}(\.\d{1,3}){3}|sandbox\..+)$/;

/**
 * Which port of which sandbox a request is for: `<port>-<id>.<domain>` says it, or, where the host is
 * an address or shared, two headers do. Undefined for what is for no sandbox.
 */
export function sandboxAddressOf(
  host: string,
  header: (name: string) => string | undefined,
): SandboxAddress | undefined {
  const name = host.toLowerCase().replace(/:\d+$/, "");
  const [, port, sandboxId] = hostPattern.exec(name) ?? [];
  if (port !== undefined && sandboxId !== undefined) return addressOf(sandboxId, port);
  if (!sharedHost.test(name)) return undefined;
  const given = header("e2b-sandbox-id");
  return given === undefined ? undefined : addressOf(given, header("e2b-sandbox-port") ?? "");
}

function addressOf(sandboxId: string, port: string): SandboxAddress | undefined {
  const number = port === "" ? envdPort : Number(port);
  const isPort = Number.isInteger(number) && number >= 1 && number <= 65_535;
  return isPort && sandboxIdPattern.test(sandboxId) ? { sandboxId, port: number } : undefined;
}
