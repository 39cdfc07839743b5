import { availableParallelism, totalmem } from "node:os";
import { maskProviderUrl } from "@bedplate/provider";
import { providerUrls } from "@bedplate/server/settings";
import type { Command } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { folderOf, settingsOf } from "../settings.ts";
import { print, table } from "../terminal.ts";

interface Finding {
  readonly what: string;
  readonly isGood: boolean;
  readonly fact: string;
}

export const doctor: Command = {
  name: "doctor",
  summary: "Say what this host can do, and what it cannot and why",
  operands: "",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const config = settingsOf(invocation);
    await using connection = await connect(invocation);
    const { environments, missing } = await connection.client.environments.list();
    const findings: readonly Finding[] = [
      {
        what: "node",
        isGood: true,
        fact: `${process.version} ${process.platform}-${process.arch}`,
      },
      { what: "processors", isGood: true, fact: String(availableParallelism()) },
      { what: "memory", isGood: true, fact: `${Math.round(totalmem() / 2 ** 20)} MiB` },
      { what: "data", isGood: true, fact: folderOf(config) ?? "in memory" },
      ...Object.entries(providerUrls(config)).map(([contract, url]) => ({
        what: `provider ${contract}`,
        isGood: true,
        fact: maskProviderUrl(url),
      })),
      ...environments.map((each) => ({
        what: `environment ${each.slot}`,
        isGood: each.isHealthy,
        fact: `${each.release}, facets ${each.facets.join(", ")}`,
      })),
      ...missing.map(({ slot, reason }) => ({
        what: `environment ${slot}`,
        isGood: false,
        fact: reason,
      })),
      ...(await cryptoFindings()),
    ];
    print(invocation.terminal, { findings }, (found) =>
      table(
        ["", "WHAT", "FACT"],
        found.findings.map(({ what, isGood, fact }) => [isGood ? "ok" : "--", what, fact]),
      ),
    );
    return exitCodes.success;
  },
};

/** Who carries out each cryptographic operation of the EVM, and which fast provider is not used and why. */
async function cryptoFindings(): Promise<readonly Finding[]> {
  const { cryptoOperations, openCrypto } = await import("@bedplate/environment-evm/crypto");
  const { providers, refusals } = await openCrypto();
  const names = [...new Set(Object.values(providers))].sort();
  return [
    ...names.map((name) => ({
      what: `evm crypto ${name}`,
      isGood: true,
      fact: cryptoOperations.filter((operation) => providers[operation] === name).join(", "),
    })),
    ...refusals.map(({ provider, reason }) => ({
      what: `evm crypto ${provider}`,
      isGood: false,
      fact: reason,
    })),
  ];
}
