import { existsSync, linkSync, mkdirSync, renameSync, utimesSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { openScratchFolder } from "@bedplate/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSocketFolder, socketFiles, sweepSocketFolders } from "../src/socket-folder.ts";

// A folder of its own for this file: others make and remove theirs meanwhile.
const scratch = openScratchFolder("bedplate-sockets");
const { TMPDIR } = process.env;
beforeAll(() => {
  process.env["TMPDIR"] = scratch.path;
});
afterAll(() => {
  if (TMPDIR === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = TMPDIR;
  scratch[Symbol.dispose]();
});

async function listenIn(folder: string): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(folder, socketFiles.host), resolve));
  return server;
}

/** Leaves a socket that nobody listens on, as a killed host does. */
async function abandon(folder: string): Promise<void> {
  const server = await listenIn(folder);
  const path = join(folder, socketFiles.host);
  linkSync(path, `${path}.kept`);
  await new Promise((resolve) => server.close(resolve));
  renameSync(`${path}.kept`, path);
}

test("a sweep removes what killed hosts left, and nothing that lives, is fresh or is another's", async () => {
  const [killed, living, fresh, old] = Array.from({ length: 4 }, makeSocketFolder) as [
    string,
    string,
    string,
    string,
  ];
  const other = join(scratch.path, "other");
  mkdirSync(other);
  await abandon(killed);
  const server = await listenIn(living);
  utimesSync(old, new Date(0), new Date(0));
  try {
    expect(await sweepSocketFolders()).toBe(2);
    expect([killed, old].filter((each) => existsSync(each))).toEqual([]);
    expect([living, fresh, other].filter((each) => !existsSync(each))).toEqual([]);
    expect(await sweepSocketFolders()).toBe(0);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
