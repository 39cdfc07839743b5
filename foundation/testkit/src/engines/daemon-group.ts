import type { Daemon } from "./daemon.ts";

/** Daemons that make one engine, in the order in which they were started. */
export function groupDaemons(daemons: readonly Daemon[]): Daemon {
  return {
    logs: () => daemons.map((each) => each.logs()).join("\n"),
    freeze: () => {
      for (const each of daemons) each.freeze();
    },
    thaw: () => {
      for (const each of daemons) each.thaw();
    },
    async stop(signal) {
      for (const each of daemons.toReversed()) await each.stop(signal);
    },
    async kill() {
      await Promise.all(daemons.map((each) => each.kill()));
    },
  };
}
