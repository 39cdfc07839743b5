/** Waits until `check` answers true; throws after `timeoutMs` with what was awaited. */
export async function eventually(
  what: string,
  check: () => boolean | Promise<boolean>,
  options: { readonly timeoutMs?: number | undefined } = {},
): Promise<void> {
  const deadline = performance.now() + (options.timeoutMs ?? 5_000);
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
