import { expect, test } from "vitest";
import { bytesOf, startAgent } from "./support/agent.ts";

test.for([
  ["nothing", undefined],
  ["a program", ["/bin/sleep", "100"]],
  ["a daemon", ["/bin/sh", "-c", "(setsid sleep 100 >/dev/null 2>&1 &)"]],
  ["something in the background", ["/bin/sh", "-c", "sleep 100 >/dev/null 2>&1 &"]],
  ["a program that stands still", ["/bin/sh", "-c", "kill -STOP $$; sleep 100"]],
] as const)("shutdown comes back at once when there is %s", async ([, argv]) => {
  await using agent = await startAgent();
  const guest = await agent.connect();
  if (argv !== undefined) {
    await guest.processes.start({ argv });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const startedAt = performance.now();
  await guest.shutDown({ graceMs: 20_000 });
  await agent.ended;
  expect(performance.now() - startedAt).toBeLessThan(5000);
});

test("shutdown ends a shell at a terminal, and comes back when it has", async () => {
  await using agent = await startAgent();
  const guest = await agent.connect();
  const terminal = { columns: 80, rows: 24 };
  const shell = await guest.processes.start({ argv: ["/bin/sh", "-i"], terminal });
  await guest.processes.write({ id: shell.id }, (await bytesOf("echo ready\n").next()).value);
  const reader = shell.stdout.getReader();
  for (let text = ""; !text.includes("\nready"); )
    text += Buffer.from((await reader.read()).value ?? []).toString();
  const startedAt = performance.now();
  await guest.shutDown({ graceMs: 20_000 });
  await agent.ended;
  expect(performance.now() - startedAt).toBeLessThan(5000);
});
