import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import type { Keccak256 } from "../transition/transition-crypto.ts";
import { MalformedField } from "./json-fields.ts";
import { isStateTest, readStateTest, type StateTest } from "./state-test.ts";

/** Bytes of one document: a file, or a line of a file of lines. */
const documentBytesMax = 256 * 1024 * 1024;

export interface ReadOptions {
  readonly keccak256: Keccak256;
  /** Which tests, by their names; all if absent. */
  readonly run?: RegExp | undefined;
}

/**
 * The tests of a file, one after the other: `.json`, or `.jsonl` with a document on each line, either
 * also with `.gz`. A document is an object of tests, or of such objects by the name of their file.
 */
export async function* readTestFile(path: string, options: ReadOptions): AsyncGenerator<StateTest> {
  for await (const text of documents(path)) {
    for (const test of testsOf(parsed(text, path), options)) yield test;
  }
}

async function* documents(path: string): AsyncGenerator<string> {
  const isPacked = path.endsWith(".gz");
  const plain = isPacked ? path.slice(0, -3) : path;
  const file = createReadStream(path);
  const stream = isPacked ? file.pipe(createGunzip()) : file;
  if (isPacked) file.on("error", (error) => stream.destroy(error));
  if (!plain.endsWith(".jsonl")) {
    yield await wholeText(stream);
    return;
  }
  for await (const line of createInterface({ input: stream })) {
    checkLength(line.length);
    if (line.trim() !== "") yield line;
  }
}

async function wholeText(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    checkLength(length);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function checkLength(length: number): void {
  if (length > documentBytesMax) {
    throw new MalformedField(`a document has more than ${documentBytesMax} bytes`);
  }
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MalformedField(`${path} is not JSON`, { cause });
  }
}

function* testsOf(value: unknown, options: ReadOptions): Generator<StateTest> {
  if (typeof value !== "object" || value === null) throw new MalformedField("no tests are there");
  for (const [name, member] of Object.entries(value)) {
    if (name.startsWith("//") || name === "_info") continue;
    if (isStateTest(member)) {
      if (options.run?.test(name) !== false)
        yield readStateTest({ name, value: member }, options.keccak256);
    } else if (typeof member === "object" && member !== null) {
      yield* testsOf(member, options);
    }
  }
}
