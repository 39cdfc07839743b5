// What the suite may do to a folder of this driver from outside.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { VirtualClock } from "@bedplate/clock";
import type { OpenedTarget } from "@bedplate/conformance";
import type { StateDriver, StateStore } from "@bedplate/state";
import { openStateSubject, type StateKit } from "@bedplate/state/conformance";
import { ClassicLevel } from "classic-level";
import { LevelPlace } from "../src/index.ts";
import { type EntryRecord, unseal } from "../src/record.ts";
import { RecordKeys } from "../src/record-key.ts";

const limits = {
  keyBytesMax: 256,
  valueBytesMax: 4_096,
  commitItemsMax: 256,
  commitBytesMax: 16_384,
  pageMax: 200,
  historyCommitsMax: 64,
};

/** A fresh folder with every control that one process can have over it. */
export async function open(
  wrap?: (driver: StateDriver) => StateDriver,
): Promise<OpenedTarget<StateStore, StateKit>> {
  const path = await mkdtemp(join(tmpdir(), "state-level-"));
  const virtualClock = new VirtualClock();
  const place = new LevelPlace({ path, clock: virtualClock, limits });
  const subject = await openStateSubject({
    // Other processes cannot open the folder: the drivers of one place stand for them.
    openDriver: () => place.open(),
    wrap,
    virtualClock,
    seed: "level",
    controls: ({ target, open: again }) => ({
      reopen: () => target.close().then(again),
      crash: async (reportsMin) => {
        await target.close();
        const reports = await killAfterReports(path, reportsMin);
        return { reports, store: await again() };
      },
      flipByte: async (key) => {
        await target.close();
        await damage(path, key);
        return again();
      },
    }),
  });
  return {
    ...subject,
    async [Symbol.asyncDispose]() {
      await subject[Symbol.asyncDispose]();
      await rm(path, { recursive: true });
    },
  };
}

const deadlineMs = 30_000;

/** Lets a process of its own write until it has reported so much, and kills it without warning. */
async function killAfterReports(path: string, reportsMin: number): Promise<readonly string[]> {
  const script = fileURLToPath(new URL("crash-writer.ts", import.meta.url));
  const child = spawn(process.execPath, [script, path], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: deadlineMs,
    killSignal: "SIGKILL",
  });
  const exited = once(child, "exit");
  const reports: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (reports.push(line) === reportsMin) child.kill("SIGKILL");
  }
  await exited;
  return reports;
}

/** Flips a bit of every record that holds the value of a key: the entry, and what watchers are shown. */
async function damage(path: string, key: string): Promise<void> {
  await using level = new ClassicLevel<Uint8Array, Uint8Array>(path, {
    keyEncoding: "view",
    valueEncoding: "view",
  });
  const record = new RecordKeys("default").entry(Buffer.from(key));
  const sealed = await level.get(record);
  if (sealed === undefined) throw new Error(`Cannot damage ${key}: it is absent`);
  const [, , value] = unseal<EntryRecord>(record, sealed);
  for await (const [each, bytes] of level.iterator()) {
    if (!Buffer.from(bytes).includes(Buffer.from(value))) continue;
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await level.put(each, bytes);
  }
}
