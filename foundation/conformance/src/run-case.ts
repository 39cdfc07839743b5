import type {
  CaseResult,
  CaseVerdict,
  ConformanceCase,
  OpenedTarget,
  OpenTarget,
} from "./conformance-case.ts";

/** How cases are run. */
export interface RunCaseOptions {
  /** A case that takes longer fails. Default: 20,000. */
  readonly timeoutMs?: number | undefined;
}

const timeoutMsDefault = 20_000;

/** Runs one case against a fresh target. */
export async function runCase<Target, Kit extends object>(
  each: ConformanceCase<Target, Kit>,
  open: OpenTarget<Target, Kit>,
  options: RunCaseOptions = {},
): Promise<CaseResult> {
  const { id, law } = each;
  const result = (verdict: CaseVerdict, reason?: string): CaseResult => ({
    id,
    law,
    verdict,
    ...(reason !== undefined && { reason }),
  });
  let opened: OpenedTarget<Target, Kit>;
  try {
    opened = await open();
  } catch (error) {
    return result("error", textOf(error));
  }
  try {
    await using _open = opened;
    const { target, kit } = opened;
    if (each.when?.(target) === false) return result("undeclared");
    const missing = (each.controls ?? []).filter((name) => kit[name] === undefined);
    if (missing.length > 0) return result("blocked", `no control: ${missing.join(", ")}`);
    await inTime(each.run(target, kit), options.timeoutMs ?? timeoutMsDefault);
    return result("pass");
  } catch (error) {
    return result("fail", textOf(error));
  }
}

/** Runs cases one after the other. */
export async function runCases<Target, Kit extends object>(
  cases: readonly ConformanceCase<Target, Kit>[],
  open: OpenTarget<Target, Kit>,
  options: RunCaseOptions = {},
): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const each of cases) results.push(await runCase(each, open, options));
  return results;
}

async function inTime(work: Promise<void>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No end after ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
