import type { SubjectSource } from "@bedplate/server";
import { type Command, type Invocation, operandOf, textOption, textOptions } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { pluginOptionHelp, pluginOptions, pluginSourceOf } from "../plugin-source.ts";
import { print } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";

export const envConform: Command = {
  name: "env conform",
  summary: "Prove an environment against its contract, and the suite against mutants",
  operands: "[SLOT]",
  options: {
    ...pluginOptions,
    programs: { type: "string" },
    seed: { type: "string" },
    only: { type: "string", multiple: true },
  },
  optionHelp: {
    ...pluginOptionHelp,
    programs: "JSON file with the programs that prove it (default: conformance.json beside it)",
    seed: "the same seed gives the same run",
    only: "only cases whose id begins so, for example IV; repeatable; leaves mutants out",
  },
  run: conform,
};

async function conform(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const subject = subjectOf(invocation);
  const only = textOptions(invocation, "only");
  const { isConformant, scoreLine } = await import("@bedplate/environment/conformance");
  const { conformEnvironment } = await import("@bedplate/server");
  const report = await conformEnvironment(subject, {
    seed: textOption(invocation, "seed"),
    only: only.length === 0 ? undefined : only,
    onCase: ({ id, position, verdict, detail }) => {
      if (verdict !== "pass" && verdict !== "undeclared") {
        terminal.err(`${verdict} ${id} ${position}: ${detail ?? ""}\n`);
      }
    },
    onMutant: ({ id, caughtBy }) => {
      if (caughtBy.length === 0) terminal.err(`mutant ${id} survives\n`);
    },
  });
  print(terminal, report, scoreLine);
  return isConformant(report) ? exitCodes.success : exitCodes.failure;
}

/** A slot of this distribution, or a plug-in in files; no server takes part in either. */
function subjectOf(invocation: Invocation): string | SubjectSource {
  const source = pluginSourceOf(invocation);
  const programs = textOption(invocation, "programs");
  const [slot] = invocation.positionals;
  if (source !== undefined && slot !== undefined)
    throw new UsageError("a slot excludes --command and --module");
  if (source !== undefined) return { ...source, programs };
  if (programs !== undefined) throw new UsageError("--programs goes with --command or --module");
  return operandOf(invocation, "a slot, --command or --module");
}
