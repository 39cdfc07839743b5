import type { MachineService } from "@bedplate/machines";
import type { SandboxRef } from "./sandboxes.ts";

/** Most lines of one answer. */
const linesMax = 1_000;

/** Longest look at what happened. */
const lookMs = 10_000;

/** What happened to a sandbox, as lines of a log. */
export async function sandboxLogs(
  machines: MachineService,
  { project, id }: SandboxRef,
): Promise<object> {
  const signal = AbortSignal.timeout(lookMs);
  const logs: object[] = [];
  for await (const event of machines.events({ project, machine: id, isFollowed: false, signal })) {
    const timestamp = new Date(event.at).toISOString();
    const fields = { ...event.detail, event: event.kind };
    logs.push({
      timestamp,
      level: "info",
      message: `machine ${event.kind}`,
      line: event.kind,
      fields,
    });
    if (logs.length >= linesMax) break;
  }
  return { logs, logEntries: logs };
}
