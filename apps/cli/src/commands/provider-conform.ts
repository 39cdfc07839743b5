import type { SuiteReport } from "@bedplate/conformance";
import { isConformant, scoreLine } from "@bedplate/conformance";
import type { ConformProviderOptions } from "@bedplate/server";
import { providerContracts } from "@bedplate/server/settings";
import {
  type Command,
  type Invocation,
  operandOf,
  textOption,
  textOptions,
  wordOption,
} from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { print, type Terminal } from "../terminal.ts";

export const providerConform: Command = {
  name: "provider conform",
  summary: "Prove a provider against its contract, on a live engine, in a scratch place",
  operands: "URL",
  options: {
    contract: { type: "string" },
    module: { type: "string" },
    only: { type: "string", multiple: true },
  },
  optionHelp: {
    contract: `${providerContracts.join(", ")} (default: the one that the URL's scheme has)`,
    module: "path of a module that exports the provider (default: this distribution's)",
    only: "only cases whose id begins so, for example SS1; repeatable; leaves mutants out",
  },
  run: conform,
};

async function conform(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const only = textOptions(invocation, "only");
  const module = textOption(invocation, "module");
  const { conformProvider } = await import("@bedplate/server");
  const report = await conformProvider(operandOf(invocation, "a URL"), {
    contract: wordOption(invocation, "contract", { words: providerContracts }),
    modules: module === undefined ? [] : [module],
    only: only.length === 0 ? undefined : only,
    signal: invocation.signal,
    ...tellTo(terminal),
  });
  print(terminal, report, words);
  return isConformant(report) ? exitCodes.success : exitCodes.failure;
}

function tellTo(terminal: Terminal): Pick<ConformProviderOptions, "onCase" | "onMutant"> {
  return {
    onCase: ({ id, law, verdict, reason = "" }) => {
      if (verdict === "fail" || verdict === "error") {
        terminal.err(`${verdict} ${id} ${law}: ${reason}\n`);
      }
    },
    onMutant: ({ name, fate }) => {
      if (fate === "survived") terminal.err(`mutant survives: ${name}\n`);
    },
  };
}

function words(report: SuiteReport): string {
  const blocked = report.results.filter(({ verdict }) => verdict === "blocked");
  return [
    ...blocked.map(({ id, law, reason }) => `blocked ${id} ${law}: ${reason ?? ""}`),
    ...report.untried.map((name) => `untried mutant: ${name}`),
    scoreLine(report),
  ].join("\n");
}
