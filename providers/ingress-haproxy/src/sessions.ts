import type { Endpoint } from "@bedplate/ingress";
import type { RuntimeSocket } from "./runtime-socket.ts";

/** Open sessions that lead to some endpoints without a pool, by the engine's names for them. */
export async function directSessions(
  socket: RuntimeSocket,
  endpoints: readonly Endpoint[],
): Promise<readonly string[]> {
  const text = await socket.ask(["show sess all"]);
  const wanted = endpoints.map(({ host, port }) => ` addr=${host}:${port}`);
  return text
    .split(/^(?=0x)/m)
    .filter((each) => each.includes(" backend=direct "))
    .filter((each) => wanted.some((at) => new RegExp(`${at.replaceAll(".", "\\.")}\\s`).test(each)))
    .map((each) => each.slice(0, each.indexOf(":")));
}

/** Ends sessions by their names; those that ended meanwhile are no matter. */
export async function endSessions(
  socket: RuntimeSocket,
  sessions: readonly string[],
): Promise<void> {
  if (sessions.length === 0) return;
  await socket.ask(sessions.map((each) => `shutdown session ${each}`));
}
