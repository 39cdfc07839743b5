import { expect, it } from "vitest";
import { LazyNetworks } from "../../src/network/lazy-networks.ts";
import { noNetworks } from "../../src/network/networks.ts";

it("tries again for the next machine where the networks could not be opened", async () => {
  const opening = [async () => Promise.reject(new Error("nft: exit 1")), async () => noNetworks];
  const networks = new LazyNetworks(async () => (await opening.shift()?.()) ?? noNetworks, {
    mark: "lazy",
    subnet: "10.99.0.0/16",
  });
  await expect(networks.prepare(1)).rejects.toThrow("nft: exit 1");
  await networks.prepare(2);
  await networks.prepare(3);
  expect(opening).toEqual([]);
});
