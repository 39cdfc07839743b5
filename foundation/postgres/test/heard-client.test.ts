import { expect, test } from "vitest";
import { HeardClient } from "../src/heard-client.ts";

test("an error that nobody waits for does not end the process", () => {
  const client = new HeardClient("postgres://127.0.0.1:1/x");
  const ended = new Error("terminating connection due to unexpected postmaster exit");
  expect(client.emit("error", ended)).toBe(true);
});
