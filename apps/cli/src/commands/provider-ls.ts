import { maskProviderUrl } from "@bedplate/provider";
import { allProviders, providerUrls } from "@bedplate/server";
import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { settingsOf } from "../settings.ts";
import { print, table } from "../terminal.ts";

export const providerLs: Command = {
  name: "provider ls",
  summary: "List the providers of this distribution, and which ones the configuration uses",
  operands: "",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const used = providerUrls(settingsOf(invocation));
    const providers = (await allProviders()).map(({ contract, name, schemes, settings }) => ({
      contract,
      name,
      schemes,
      url: schemes.some((each) => used[contract].startsWith(`${each}:`))
        ? maskProviderUrl(used[contract])
        : null,
      settings,
    }));
    print(invocation.terminal, { providers }, (found) =>
      table(
        ["CONTRACT", "PROVIDER", "SCHEMES", "IN USE"],
        found.providers.map(({ contract, name, schemes, url }) => [
          contract,
          name,
          schemes.map((each) => `${each}:`).join(" "),
          url ?? "",
        ]),
      ),
    );
    return exitCodes.success;
  },
};
