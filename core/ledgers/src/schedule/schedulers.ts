import type { SchedulerName } from "../ledger.ts";
import { runByAccessList } from "./access-list-scheduler.ts";
import { runOptimistically } from "./optimistic-scheduler.ts";
import type { Scheduler } from "./scheduler.ts";
import { runSerially } from "./serial-scheduler.ts";

/** Every scheduler by its name. */
export const schedulers: { readonly [N in SchedulerName]: Scheduler } = {
  serial: runSerially,
  optimistic: runOptimistically,
  "access-list": runByAccessList,
};
