import { MemoryWorld } from "../transition/memory-world.ts";
import type { Keccak256 } from "../transition/transition-crypto.ts";
import { readAlloc } from "./alloc.ts";
import { JsonFields } from "./json-fields.ts";
import type { TestEnvironment } from "./test-environment.ts";
import type { Indexes } from "./test-transaction.ts";

/** One named test of a file: a world, a block, a transaction with alternatives, and what must come out. */
export interface StateTest {
  readonly name: string;
  readonly environment: TestEnvironment;
  readonly world: MemoryWorld;
  readonly transaction: JsonFields;
  readonly cases: readonly StateTestCase[];
}

/** One alternative of the transaction on one fork. */
export interface StateTestCase {
  /** The label of the fork, as the file has it. */
  readonly fork: string;
  /** Position among the cases of the fork. */
  readonly index: number;
  readonly indexes: Indexes;
  /** Root of the world afterwards, 32 bytes. */
  readonly root: Uint8Array;
  /** Keccak-256 of the logs. */
  readonly logs: Uint8Array;
  /** Alternatives separated by `|`, where the transaction must be refused. */
  readonly exception?: string | undefined;
  /** The transaction as it is sent; a test of signatures has it. */
  readonly encoded?: Uint8Array | undefined;
}

const mainnet = 1n;

/** Throws `MalformedField` where the value is no state test. */
export function readStateTest(
  { name, value }: { name: string; value: unknown },
  keccak256: Keccak256,
): StateTest {
  const fields = new JsonFields(value, name);
  const config = fields.has("config") ? fields.object("config") : undefined;
  const chainId = config?.has("chainid") ? config.number("chainid") : mainnet;
  return {
    name,
    environment: { fields: fields.object("env"), chainId },
    world: MemoryWorld.of(readAlloc(fields.raw("pre"), "pre"), keccak256),
    transaction: fields.object("transaction"),
    cases: fields.object("post").entries().flatMap(casesOf),
  };
}

function casesOf([fork, value]: readonly [string, unknown]): readonly StateTestCase[] {
  if (!Array.isArray(value)) return [];
  return value.map((item, index) => {
    const fields = new JsonFields(item, `post.${fork}[${index}]`);
    return {
      fork,
      index,
      indexes: readIndexes(fields.object("indexes")),
      root: fields.word("hash"),
      logs: fields.word("logs"),
      exception: fields.has("expectException") ? fields.text("expectException") : undefined,
      encoded: fields.has("txbytes") ? fields.bytes("txbytes") : undefined,
    };
  });
}

function readIndexes(fields: JsonFields): Indexes {
  const at = (name: string): number => Number(fields.number(name, 31));
  return { data: at("data"), gas: at("gas"), value: at("value") };
}

/** Whether a value of a file is a test, and not a folder of tests by name. */
export function isStateTest(value: unknown): boolean {
  return typeof value === "object" && value !== null && "post" in value && "pre" in value;
}
