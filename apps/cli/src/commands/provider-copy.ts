import type { CopyProgress, CopyReport, CopySide } from "@bedplate/server";
import { providerUrls } from "@bedplate/server/settings";
import { type Command, type Invocation, isSet, textOption } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { settingsOf } from "../settings.ts";
import { print } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";

export const providerCopy: Command = {
  name: "provider copy",
  summary: "Copy state and blobs to other providers, and compare; may be repeated",
  operands: "",
  options: {
    "to-state": { type: "string" },
    "to-blob": { type: "string" },
    "from-state": { type: "string" },
    "from-blob": { type: "string" },
    overwrite: { type: "boolean" },
  },
  optionHelp: {
    "to-state": "URL of the state to fill",
    "to-blob": "URL of the blobs to fill",
    "from-state": "URL of the state to read (default: the configuration's)",
    "from-blob": "URL of the blobs to read (default: the configuration's)",
    overwrite: "replace what a state holds that no copy left there",
  },
  run: copy,
};

async function copy(invocation: Invocation): Promise<number> {
  const { terminal, signal } = invocation;
  const config = settingsOf(invocation);
  const { copyProviders } = await import("@bedplate/server");
  const configured = providerUrls(config);
  const from: CopySide = {
    state: textOption(invocation, "from-state") ?? configured.state,
    blob: textOption(invocation, "from-blob") ?? configured.blob,
  };
  const to: CopySide = { state: target(invocation, "state"), blob: target(invocation, "blob") };
  const report = await copyProviders(from, to, {
    modules: config.providers.modules,
    isOverwriting: isSet(invocation, "overwrite"),
    signal,
    onProgress: progressTo((line) => terminal.err(line)),
  });
  print(terminal, report, words);
  return exitCodes.success;
}

function target(invocation: Invocation, contract: "state" | "blob"): string {
  const url = textOption(invocation, `to-${contract}`);
  if (url !== undefined) return url;
  throw new UsageError(`--to-${contract} is missing`);
}

/** Most lines of progress per second, one. */
const progressEveryMs = 1_000;

function progressTo(write: (line: string) => void): (progress: CopyProgress) => void {
  let toldMs = performance.now();
  return ({ what, items, changed }) => {
    if (performance.now() - toldMs < progressEveryMs) return;
    toldMs = performance.now();
    write(`bedplate: ${what}: ${items} looked at, ${changed} copied\n`);
  };
}

function words({ state, blobs }: CopyReport): string {
  const line = ({ what, items, bytes, changed }: CopyProgress) =>
    `${what}: ${items} (${bytes} bytes), ${changed} of them copied, all equal now`;
  return [line(blobs), line(state)].join("\n");
}
