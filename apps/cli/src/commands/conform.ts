import { isConformant, scoreLine } from "@bedplate/environment/conformance";
import { conformEnvironment } from "@bedplate/server";
import { type Command, type Invocation, textOption, textOptions } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { print } from "../terminal.ts";

export const envConform: Command = {
  name: "env conform",
  summary: "Prove an environment against its contract, and the suite against mutants",
  operands: "SLOT",
  options: { seed: { type: "string" }, only: { type: "string", multiple: true } },
  optionHelp: {
    seed: "the same seed gives the same run",
    only: "only cases whose id begins so, for example IV; repeatable; leaves mutants out",
  },
  run: conform,
};

async function conform(invocation: Invocation): Promise<number> {
  const { terminal } = invocation;
  const [slot] = invocation.positionals;
  if (slot === undefined) {
    terminal.err("bedplate: a slot is missing\n");
    return exitCodes.usage;
  }
  const only = textOptions(invocation, "only");
  const report = await conformEnvironment(slot, {
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
