import { expect, it } from "vitest";
import { berthNetwork } from "../../src/network/addresses.ts";
import { removal } from "../../src/network/present-rules.ts";

const network = berthNetwork(7, { mark: "test", subnet: "10.99.0.0/16" });
const failing = (message: string) => () => Promise.reject(new Error(message));

it("takes a chain for absent only where nft says so", async () => {
  const missing = failing("nft list chain: Error: No such file or directory");
  expect(await removal(network, missing)).toBe("");
  await expect(removal(network, failing("spawn nft EAGAIN"))).rejects.toThrow("EAGAIN");
  await expect(removal(network, failing("nft list chain: exit null"))).rejects.toThrow("null");
  expect(await removal(network, async () => "goto refuse")).toContain(
    "delete chain inet bedplate m7",
  );
});
