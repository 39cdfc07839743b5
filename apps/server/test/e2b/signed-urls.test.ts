import { VirtualClock } from "@bedplate/clock";
import { signatureOf } from "@bedplate/e2b";
import { StateStore } from "@bedplate/state";
import { openMemoryState } from "@bedplate/state-memory";
import { faultOf } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { SandboxDirectory } from "../../src/e2b/control/sandbox-directory.ts";
import { SandboxTokens } from "../../src/e2b/control/sandbox-tokens.ts";
import { SignedUrls } from "../../src/e2b/control/signed-urls.ts";

async function openRig() {
  const state = new StateStore(await openMemoryState());
  let reads = 0;
  class Counted extends SandboxDirectory {
    override ids(): AsyncGenerator<string> {
      reads += 1;
      return super.ids();
    }
  }
  const directory = new Counted(state);
  const tokens = await SandboxTokens.open(state);
  const clock = new VirtualClock();
  const urls = new SignedUrls({ directory, tokens, clock });
  const signed = (id: string, path = "/f") => {
    const grant = { path, operation: "read", user: "user" } as const;
    return { grant, signature: signatureOf(grant, tokens.accessToken(id)) };
  };
  return { directory, urls, signed, clock, reads: () => reads };
}

test("a signed URL leads to the sandbox whose token signed it, and to no other", async () => {
  const { directory, urls, signed, clock } = await openRig();
  for (const id of ["a", "b", "c"]) await directory.add(id, `project-${id}`);
  expect(await urls.find(signed("b"))).toBe("b");
  expect(await urls.find(signed("b"))).toBe("b");
  const { signature } = signed("a");
  // The signature of one file is none of another, also where it was seen before.
  expect(await urls.find(signed("a"))).toBe("a");
  const other = urls.find({ ...signed("a", "/other"), signature });
  await clock.advance(1_000);
  expect(await other).toBeUndefined();
});

test("a sandbox that was made just now is found; what fits nothing reads the state once a second", async () => {
  const { directory, urls, signed, reads, clock } = await openRig();
  expect(await urls.find(signed("stranger"))).toBeUndefined();
  await directory.add("a", "p");
  const asked = ["stranger", "a", "other"].map((id) => urls.find(signed(id)));
  await new Promise((resolve) => setImmediate(resolve));
  expect(reads()).toBe(1);
  await clock.advance(1_000);
  expect(await Promise.all(asked)).toEqual([undefined, "a", undefined]);
  expect(reads()).toBe(2);
});

test("more searches at once than are allowed are refused", async () => {
  const { urls, signed } = await openRig();
  const asked = Array.from({ length: 40 }, (_, at) => urls.find(signed(`x${at}`)));
  const settled = await Promise.allSettled(asked);
  expect(settled.filter(({ status }) => status === "rejected")).toHaveLength(8);
  expect((await faultOf(asked[39] ?? Promise.resolve())).code).toBe("quota.exceeded");
});
