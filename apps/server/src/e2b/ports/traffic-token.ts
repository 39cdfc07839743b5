import type { IncomingMessage } from "node:http";
import { isSameText } from "@bedplate/e2b";
import type { SandboxLocks } from "../sandbox-gate.ts";

/** Names the proof that a private port asks for. */
export const trafficTokenHeader = "e2b-traffic-access-token";

/** What a request without the proof is told. */
export const noTrafficToken: { readonly code: number; readonly message: string } = {
  code: 403,
  message: "Cannot use the port: its traffic token is missing or wrong",
};

/** Whether a request shows what the ports of a sandbox's programs ask for. */
export function hasTrafficToken(
  { headers }: Pick<IncomingMessage, "headers">,
  { trafficToken }: SandboxLocks,
): boolean {
  if (trafficToken === undefined) return true;
  const given = headers[trafficTokenHeader];
  return typeof given === "string" && isSameText(given, trafficToken);
}
