import { Client } from "pg";
import { expect, test } from "vitest";
import { type Engine, isListening, makeCertificate, startPostgres } from "../src/index.ts";
import { describeWithEngines } from "../src/vitest.ts";

async function query(engine: Engine, text: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: engine.url });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describeWithEngines("PostgreSQL", ["postgres"], () => {
  test("a server is durable, has a password, and leaves nothing", async () => {
    const engine = await startPostgres({ settings: { work_mem: "3MB" } });
    expect(await query(engine, "SHOW fsync")).toEqual([{ fsync: "on" }]);
    expect(await query(engine, "SHOW synchronous_commit")).toEqual([{ synchronous_commit: "on" }]);
    expect(await query(engine, "SHOW work_mem")).toEqual([{ work_mem: "3MB" }]);
    const wrong = new Client({ connectionString: engine.url.replace(/:[^:@]+@/, ":wrong@") });
    await expect(wrong.connect()).rejects.toMatchObject({ code: "28P01" });
    await engine[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
    expect(await isListening(engine.port)).toBe(false);
  });

  test("two servers share nothing", async () => {
    await using one = await startPostgres();
    await using two = await startPostgres();
    await query(one, "CREATE TABLE here (id int)");
    expect(await query(two, "SELECT to_regclass('here')::text AS found")).toEqual([
      { found: null },
    ]);
  });

  test("kill() ends every process, and restart() brings back what was committed", async () => {
    await using engine = await startPostgres();
    await query(engine, "CREATE TABLE kept (id int)");
    const held = new Client({ connectionString: engine.url });
    const lost = new Promise((resolve) => held.on("error", resolve));
    await held.connect();
    await engine.kill();
    await lost;
    expect(await isListening(engine.port)).toBe(false);
    await engine.restart();
    expect(await query(engine, "SELECT count(*)::int AS n FROM kept")).toEqual([{ n: 0 }]);
  });

  test("a server that was killed can be disposed", async () => {
    const engine = await startPostgres();
    await engine.kill();
    await engine.kill();
    await engine[Symbol.asyncDispose]();
    expect(await isListening(engine.port)).toBe(false);
  });

  test("freeze() leaves a query without an answer until thaw()", async () => {
    await using engine = await startPostgres();
    const client = new Client({ connectionString: engine.url });
    await client.connect();
    await engine.freeze();
    let isAnswered = false;
    const answer = client.query("SELECT 1 AS one").then(({ rows }) => {
      isAnswered = true;
      return rows;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isAnswered).toBe(false);
    await engine.thaw();
    expect(await answer).toEqual([{ one: 1 }]);
    await client.end();
  });

  test("a client trusts a server by the certificate that it was given", async () => {
    const certificate = makeCertificate();
    await using engine = await startPostgres({ certificate });
    const open = async (ca: string) => {
      const client = new Client({ connectionString: engine.url, ssl: { ca } });
      await client.connect();
      await client.end();
    };
    await open(certificate.certificate);
    await expect(open(makeCertificate().certificate)).rejects.toThrow(/self-signed/);
  });

  test("a server that cannot start says why, and leaves nothing", async () => {
    const settings = { shared_buffers: "many" };
    await expect(startPostgres({ settings })).rejects.toThrow(/shared_buffers/);
  });
});
