import { fileURLToPath } from "node:url";
import { digestValue } from "@bedplate/codec";
import type { BytesCachePort } from "@bedplate/environment";
import { rewriteDigest } from "@bedplate/wasm-module";
import { encodeFrameHead, joinBytes } from "../channel/frame.ts";
import { rewriteOptions } from "../channel/rewrite-options.ts";
import { preludeSource, runnerSource } from "../guest/runner-source.ts";
import { engineVersion, packageVersion } from "./build-facts.ts";
import { GuestProcess } from "./guest-process.ts";
import { addWheels, readWheels } from "./wheels.ts";

/** The order that loads an interpreter into a guest process, as one encoded frame. */
export type Engine = Uint8Array;

/** Engines of this process: making one takes seconds, and all environments can share it. */
const engines = new Map<string, Promise<Engine>>();

/** What the engine depends on: a change in any gives another engine. */
export function engineKey(): string {
  const facts = [packageVersion, engineVersion, rewriteDigest(rewriteOptions)];
  return `python-engine/${digestValue([...facts, preludeSource, runnerSource])}`;
}

/** Where an engine may come from, and what goes into it. */
export interface EngineOptions {
  readonly cache?: BytesCachePort | undefined;
  /** Folder of wheels that scripts can import. */
  readonly packagesPath?: string | undefined;
}

/** The engine of this build: out of memory, out of the cache, or made now by a process of its own. */
export async function loadEngine(options: EngineOptions = {}): Promise<Engine> {
  const engine = await loadPlainEngine(options.cache);
  const { packagesPath } = options;
  return packagesPath === undefined ? engine : addWheels(engine, await readWheels(packagesPath));
}

function loadPlainEngine(cache: BytesCachePort | undefined): Promise<Engine> {
  const key = engineKey();
  const earlier = engines.get(key);
  if (earlier !== undefined) return earlier;
  const made = findOrMake(key, cache);
  engines.set(key, made);
  made.catch(() => engines.delete(key));
  return made;
}

async function findOrMake(key: string, cache: BytesCachePort | undefined): Promise<Engine> {
  const found = await cache?.get(key);
  if (found !== undefined) return found;
  const engine = await makeEngine();
  await cache?.put(key, engine);
  return engine;
}

async function makeEngine(): Promise<Engine> {
  const modulePath = fileURLToPath(import.meta.resolve("pyodide/pyodide.asm.wasm"));
  const libraryPath = fileURLToPath(import.meta.resolve("pyodide/python_stdlib.zip"));
  const maker = new GuestProcess({ program: "maker", modulePath, libraryPath });
  try {
    const { header, body } = await maker.listen();
    return joinBytes([encodeFrameHead(header, body.length), body]);
  } finally {
    maker.kill();
  }
}
