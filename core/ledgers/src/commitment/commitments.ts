import { raise } from "@bedplate/errors";
import type { LedgersModules } from "../ledgers-modules.ts";
import { radixCommitment } from "./radix-commitment.ts";
import type { StateCommitment } from "./state-commitment.ts";

/** The way to commit that a name stands for. */
export function commitmentOf(
  { commitments = [] }: Pick<LedgersModules, "commitments">,
  name: string,
): StateCommitment {
  const known = [radixCommitment, ...commitments];
  const found = known.find((each) => each.name === name);
  if (found !== undefined) return found;
  throw raise("argument.invalid", {
    op: "ledgers.commitment",
    detail: { path: "/commitment", rule: `must be one of ${known.map((each) => each.name)}` },
    message: `Cannot commit to a state by ${name}: there are ${known.map((each) => each.name).join(", ")}`,
  });
}
