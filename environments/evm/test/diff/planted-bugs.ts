import type { Engine, MessageResult } from "../../src/engine.ts";
import type { Fork } from "../../src/forks/fork.ts";
import type { ForkRules } from "../../src/forks/fork-rules.ts";
import type { GasSchedule } from "../../src/forks/gas-schedule.ts";

/** A fault that is planted into a copy of the rules or of the results of an engine. */
export interface PlantedBug {
  readonly name: string;
  readonly changeFork?: (fork: Fork) => Fork;
  readonly changeResult?: (result: MessageResult) => MessageResult;
}

const priced = (change: (gas: GasSchedule) => Partial<GasSchedule>) => (fork: Fork) => ({
  ...fork,
  gas: { ...fork.gas, ...change(fork.gas) },
});

const ruled = (change: Partial<ForkRules>) => (fork: Fork) => ({
  ...fork,
  rules: { ...fork.rules, ...change },
});

const changes =
  (change: (changes: MessageResult["changes"]) => Partial<MessageResult["changes"]>) =>
  (result: MessageResult) => ({
    ...result,
    changes: { ...result.changes, ...change(result.changes) },
  });

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: "a cold account costs one more",
    changeFork: priced((gas) => ({ accountColdSurcharge: gas.accountColdSurcharge + 1 })),
  },
  { name: "a call keeps no 64th", changeFork: ruled({ keepsOne64th: false }) },
  {
    name: "the stipend is one short",
    changeFork: priced((gas) => ({ callStipend: gas.callStipend - 1 })),
  },
  {
    name: "the last log is lost",
    changeResult: (result) => ({ ...result, logs: result.logs.slice(0, -1) }),
  },
  {
    name: "nothing comes back from what reverts",
    changeResult: (result) =>
      result.kind === "revert" ? { ...result, output: new Uint8Array() } : result,
  },
  {
    name: "refunds are forgotten",
    changeResult: (result) => ({ ...result, gasRefund: 0n }),
  },
  {
    name: "slots are not cleared",
    changeResult: changes(({ storage }) => ({
      storage: storage.filter(({ value }) => value.some((byte) => byte !== 0)),
    })),
  },
  {
    name: "a new contract begins with nonce 0",
    changeResult: changes(({ accounts, created }) => ({
      accounts: accounts.map((each) =>
        created.some((address) => Buffer.compare(address, each.address) === 0)
          ? { ...each, account: { ...each.account, nonce: 0n } }
          : each,
      ),
    })),
  },
  { name: "what is destroyed stays", changeResult: changes(() => ({ destroyed: [] })) },
  {
    name: "a failure gives gas back",
    changeResult: (result) =>
      result.kind === "failure" ? { ...result, gasLeft: result.gasLeft + 1n } : result,
  },
  {
    name: "a revert reads as success",
    changeResult: (result) => (result.kind === "revert" ? { ...result, kind: "success" } : result),
  },
  {
    name: "one byte of output is wrong",
    changeResult: (result) => ({
      ...result,
      output: result.output.map((byte, at) => (at === 31 ? byte ^ 1 : byte)),
    }),
  },
];

/** The engine with a fault in what it answers. */
export function withBug(engine: Engine, { changeResult }: PlantedBug): Engine {
  return {
    name: engine.name,
    execute(message, context) {
      const result = engine.execute(message, context);
      return changeResult?.(result) ?? result;
    },
    [Symbol.dispose]: () => {},
  };
}
