import { maskProviderUrl } from "@bedplate/provider";
import { allProviders, providerUrls } from "@bedplate/server/settings";
import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { settingsOf } from "../settings.ts";
import { print, table } from "../terminal.ts";

export const providerLs: Command = {
  name: "provider ls",
  summary: "List the providers, and which ones the configuration uses",
  operands: "",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const config = settingsOf(invocation);
    const used = providerUrls(config);
    const { modules } = config.providers;
    const providers = (await allProviders({ modules })).map(
      ({ contract, name, schemes, settings }) => ({
        contract,
        name,
        schemes,
        url: schemes.some((each) => used[contract].startsWith(`${each}:`))
          ? maskProviderUrl(used[contract])
          : null,
        settings,
      }),
    );
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
