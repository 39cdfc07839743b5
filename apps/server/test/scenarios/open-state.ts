import { systemClock } from "@bedplate/clock";
import type { StateDriver } from "@bedplate/state";
import { silentLog } from "@bedplate/telemetry";
import { findProvider } from "../../src/index.ts";

/** Looks into the state of a cluster beside its servers. */
export async function openStateOf(url: string): Promise<StateDriver> {
  const provider = await findProvider("state", url);
  return provider.open(url, { clock: systemClock, log: silentLog, variables: {} });
}
