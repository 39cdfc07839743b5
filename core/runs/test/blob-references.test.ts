import { encodeProgramInput } from "@bedplate/environment";
import { expect, test } from "vitest";
import { blobReferences } from "../src/index.ts";
import { openRig, scriptOf } from "./rig.ts";

const long = (letter: string) => letter.repeat(40_000);

test("every blob that runs stored is named by a record", async () => {
  await using rig = await openRig();
  const { runs, modules } = rig;
  const input = encodeProgramInput({ stdin: new TextEncoder().encode(long("i")) });
  const run = await runs.execute(
    scriptOf(
      [
        { do: "say", text: long("e") },
        { do: "write", key: "k", text: long("w") },
        { do: "output", text: long("o") },
      ],
      { input },
    ),
  );
  expect(run.outcome?.kind).toBe("returned");
  await modules.artifacts.put(new TextEncoder().encode("brought, and never run"), "q");
  const stored = (await modules.blobs.list()).blobs.map(({ key }) => key);
  expect(stored).toHaveLength(6);
  const named = new Set<string>();
  for await (const digest of blobReferences(modules.state)) named.add(digest);
  expect([...named].sort()).toEqual(stored.sort());
});
