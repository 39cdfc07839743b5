import { createWebhook, type RouteBody, rotateWebhook } from "@bedplate/routes";
import {
  kindsMax,
  labelCharactersMax,
  secretKeptMsMax,
  urlCharactersMax,
} from "@bedplate/webhooks";
import { expect, test } from "vitest";

function accepts<T>(body: RouteBody<T> | undefined, value: unknown): boolean {
  return body?.form === "json" && body.schema.accepts(value);
}

test("the schemas of webhooks have the bounds of the service", () => {
  const url = "https://example.com/";
  const sizes = [
    (more: number) => ({ url: url.padEnd(urlCharactersMax + more, "x") }),
    (more: number) => ({ url, kinds: Array(kindsMax + more).fill("run") }),
    (more: number) => ({ url, label: "x".repeat(labelCharactersMax + more) }),
  ];
  for (const bodyOf of sizes) {
    const fit = [0, 1].map((more) => accepts(createWebhook.body, bodyOf(more)));
    expect(fit).toEqual([true, false]);
  }
  const keeps = [secretKeptMsMax, secretKeptMsMax + 1];
  expect(keeps.map((keepMs) => accepts(rotateWebhook.body, { keepMs }))).toEqual([true, false]);
});
