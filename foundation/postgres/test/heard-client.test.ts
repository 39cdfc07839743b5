import { ContactLost } from "@bedplate/provider";
import type { PoolClient } from "pg";
import { expect, test } from "vitest";
import { HeardClient } from "../src/heard-client.ts";
import { Session } from "../src/session.ts";

test("an error that nobody waits for does not end the process", () => {
  const client = new HeardClient("postgres://127.0.0.1:1/x");
  const ended = new Error("terminating connection due to unexpected postmaster exit");
  expect(client.emit("error", ended)).toBe(true);
});

test("a connection that broke before its session began sends nothing, and says that it is lost", async () => {
  const client = new HeardClient("postgres://127.0.0.1:1/x");
  client.emit("error", new Error("Connection terminated unexpectedly"));
  const pooled = Object.assign(client, { release: () => {} }) as unknown as PoolClient;
  using session = new Session(pooled, { statementTimeoutMs: 1_000 });
  const lost = await session.query({ text: "SELECT 1" }).catch((error: unknown) => error);
  expect(lost).toBeInstanceOf(ContactLost);
  expect(lost).toMatchObject({ wasSent: false });
});
