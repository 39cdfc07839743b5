import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Berths } from "../src/berth/berths.ts";

test("claim() gives each berth to one of many processes, however fast they come and go", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bpc-berths-"));
  const program = fileURLToPath(new URL("./berth-taker.ts", import.meta.url));
  const takers = Array.from({ length: 4 }, () =>
    spawn(process.execPath, [program, folder], { stdio: ["ignore", "ignore", "pipe"] }),
  );
  const ends = takers.map(async (each) => {
    let said = "";
    each.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    const [code] = await once(each, "close");
    return { code, said };
  });
  expect(await Promise.all(ends)).toEqual(takers.map(() => ({ code: 0, said: "" })));
  expect(new Berths(folder).areAllFree()).toBe(true);
  rmSync(folder, { recursive: true });
});
