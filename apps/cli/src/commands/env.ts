import { raise } from "@bedplate/errors";
import type { CodeListingView } from "@bedplate/routes";
import { type Command, operandOf, textOption } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { readInput } from "../read-input.ts";
import { slotOf } from "../slot-of.ts";
import { print, table } from "../terminal.ts";

export const envLs: Command = {
  name: "env ls",
  summary: "List what is mounted, and what is not and why",
  operands: "",
  options: {},
  optionHelp: {},
  async run(invocation) {
    await using connection = await connect(invocation);
    const found = await connection.client.environments.list();
    print(invocation.terminal, found, ({ environments, missing }) =>
      table(
        ["SLOT", "RELEASE", "FACETS", "USES", "STATE"],
        [
          ...environments.map((each) => [
            each.slot,
            each.release,
            each.facets.join(","),
            String(each.uses),
            each.isHealthy ? "healthy" : `unhealthy: ${each.reason}`,
          ]),
          ...missing.map(({ slot, reason }) => [slot, "-", "-", "-", reason]),
        ],
      ),
    );
    return exitCodes.success;
  },
};

export const envInspect: Command = {
  name: "env inspect",
  summary: "Show an environment's manifest",
  operands: "SLOT",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const slot = operandOf(invocation, "a slot");
    await using connection = await connect(invocation, { slots: [slot] });
    const found = await connection.client.environments.get(slot);
    print(invocation.terminal, found, (each) => JSON.stringify(each, null, 2));
    return exitCodes.success;
  },
};

export const envDecode: Command = {
  name: "env decode",
  summary: "Disassemble an artifact: instructions, basic blocks, costs",
  operands: "FILE",
  options: { fork: { type: "string" } },
  optionHelp: { fork: "Ethereum bytecode, by the instructions of this fork (default: Osaka)" },
  async run(invocation) {
    const file = operandOf(invocation, "a file");
    const bytes = readInput(file);
    const fork = textOption(invocation, "fork");
    if (fork !== undefined || isEvmCode(file, bytes)) {
      print(invocation.terminal, await listEvmCode(bytes, fork), wordListing);
      return exitCodes.success;
    }
    const slot = slotOf({ name: file, bytes }) ?? "wasm";
    await using connection = await connect(invocation, { slots: [slot] });
    const listing = await connection.client.environments.decode(slot, bytes);
    print(invocation.terminal, listing, wordListing);
    return exitCodes.success;
  },
};

/** Bytecode needs no server: it is nothing but its bytes. */
async function listEvmCode(bytes: Uint8Array, label = "Osaka"): Promise<CodeListingView> {
  const { evmDecoderOf } = await import("@bedplate/environment-evm");
  const { forkLabels, forkOfLabel } = await import("@bedplate/environment-evm/tools");
  const fork = forkOfLabel(label)?.fork;
  if (fork === undefined) {
    throw raise("argument.invalid", {
      op: "cli.decode",
      detail: { path: "/fork", rule: "a known fork" },
      message: `Cannot use --fork: ${label} is none of ${forkLabels.join(", ")}`,
    });
  }
  const { listCode } = await import("@bedplate/server");
  return listCode(evmDecoderOf(fork), bytes);
}

/** Names that compilers give to bytecode, and hexadecimal text. */
function isEvmCode(file: string, bytes: Uint8Array): boolean {
  if (/\.(evm|hex|bin|bin-runtime)$/.test(file)) return true;
  const start = Buffer.from(bytes.subarray(0, 64)).toString("latin1");
  return /^\s*0x[0-9a-f]*\s*$/i.test(start);
}

function wordListing({ units }: CodeListingView): string {
  const lines = units.flatMap((unit) => [
    `${unit.name}  [${unit.start}, ${unit.end})`,
    ...unit.blocks.map(
      (each) =>
        `  block ${each.start}..${each.end} cost ${each.cost} -> ${each.successors.join(" ")}`,
    ),
    ...unit.instructions.map((each) => `    ${each}`),
  ]);
  return lines.join("\n");
}
