import { compileFilter } from "./compile-filter.ts";
import { errorNumbers, type FilterRules, machineRules } from "./filter-rules.ts";

/** The filter of machines in the form that crun takes without compiling: base64 of BPF. */
export function machineFilter(): string {
  compiled ??= Buffer.from(compileFilter(machineRules)).toString("base64");
  return compiled;
}

let compiled: string | undefined;

/** The same rules as an OCI profile, for runtimes that compile one themselves. */
export function machineProfile(): object {
  return profileOf(machineRules);
}

function profileOf({ allowed, denied, judged }: FilterRules): object {
  const allow = "SCMP_ACT_ALLOW";
  const args = judged.flatMap(({ name, alternatives }) =>
    alternatives.map((tests) => ({ names: [name], action: allow, args: tests.map(ociTest) })),
  );
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: errorNumbers.ENOSYS,
    architectures: ["SCMP_ARCH_X86_64"],
    syscalls: [
      { names: [...allowed.keys()], action: allow },
      { names: [...denied.keys()], action: "SCMP_ACT_ERRNO", errnoRet: errorNumbers.EPERM },
      ...args,
    ],
  };
}

function ociTest(test: { index: number; mask?: number | undefined; equals: number }): object {
  const { index, mask, equals } = test;
  return mask === undefined
    ? { index, value: equals, op: "SCMP_CMP_EQ" }
    : { index, value: mask, valueTwo: equals, op: "SCMP_CMP_MASKED_EQ" };
}
