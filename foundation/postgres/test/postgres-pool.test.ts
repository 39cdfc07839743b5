import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { faultOf, makeCertificate, openScratchFolder, startPostgres } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { expect, test } from "vitest";
import { isPostgresError } from "../src/index.ts";
import { insert, op, openPool, openRig } from "./support/rig.ts";

const call = { op };

describeWithEngines("a pool on PostgreSQL", ["postgres"], () => {
  test("values go there and come back", async () => {
    await using rig = await openRig();
    const text =
      "SELECT $1::bigint AS big, $2::bytea AS bytes, $3::text[] AS texts, $4::int AS none";
    const values = [2 ** 52, Buffer.from([0, 255]), ["a", "b,c"], null];
    expect(await rig.pool.read({ name: "values", text }, values, call)).toEqual([
      { big: 2 ** 52, bytes: Buffer.from([0, 255]), texts: ["a", "b,c"], none: null },
    ]);
    const huge = rig.pool.read({ text: "SELECT 9007199254740993::bigint" }, [], call);
    await expect(huge).rejects.toThrow(/no exact number/);
    expect(await rig.pool.write(insert, [1], call)).toEqual({
      rows: [],
      count: 1,
      command: "INSERT",
    });
  });

  test("names in statements mean the schema of the URL", async () => {
    await using engine = await startPostgres();
    await using pool = await openPool(engine.url);
    await pool.write({ text: "CREATE SCHEMA other; CREATE TABLE other.there (id int)" }, [], call);
    await using other = await openPool(engine.url.replace("/postgres", "/postgres"), "");
    expect(await other.read({ text: "SELECT to_regclass('there')::text AS t" }, [], call)).toEqual([
      { t: null },
    ]);
  });

  test("a refusal that only the driver understands comes as the engine's own error", async () => {
    await using rig = await openRig();
    await rig.pool.write(insert, [1], call);
    const again = await rig.pool.write(insert, [1], call).catch((error: unknown) => error);
    expect(isPostgresError(again, "23505")).toBe(true);
    expect(await rig.stored()).toEqual([1]);
  });

  test("a prepared statement outlives a change of its table", async () => {
    await using rig = await openRig({ query: "poolMax=1" });
    const all = { name: "all", text: "SELECT * FROM numbers" };
    await rig.pool.write(insert, [1], call);
    expect(await rig.pool.read(all, [], call)).toEqual([{ n: 1 }]);
    await rig.pool.write({ text: "ALTER TABLE numbers ADD COLUMN more int" }, [], call);
    expect(await rig.pool.read(all, [], call)).toEqual([{ n: 1, more: null }]);
  });

  test("a statement over its time limit had no effect", async () => {
    await using rig = await openRig({ query: "statementTimeoutMs=500" });
    const text = "INSERT INTO numbers SELECT 1 FROM pg_sleep(20)";
    expect(await faultOf(rig.pool.write({ text }, [], call))).toMatchObject({
      code: "deadline.exceeded",
      effect: "none",
      detail: { afterMs: 500 },
      op,
    });
    expect(await rig.stored()).toEqual([]);
  });

  test("waiting for a connection has an end", async () => {
    await using rig = await openRig({ query: "poolMax=1&connectTimeoutMs=2000" });
    const { promise: whenTried, resolve: letGo } = Promise.withResolvers<void>();
    const holder = rig.pool.inTransaction(() => whenTried, call);
    expect(await faultOf(rig.pool.write(insert, [1], call))).toMatchObject({
      code: "provider.unavailable",
      effect: "none",
    });
    letGo();
    await holder;
    expect(await rig.stored()).toEqual([]);
  });

  test("too many connections are unavailable, not denied", async () => {
    const settings = {
      max_connections: "5",
      superuser_reserved_connections: "0",
      reserved_connections: "0",
    };
    await using engine = await startPostgres({ settings });
    await using pool = await openPool(engine.url, "poolMax=6");
    const slow = () => pool.read({ text: "SELECT pg_sleep(0.3)" }, [], call);
    const ends = await Promise.allSettled(Array.from({ length: 6 }, slow));
    const faults = ends
      .filter((each) => each.status === "rejected")
      .map(({ reason }) => reason.code);
    expect(faults).toEqual(["provider.unavailable"]);
  });
});

describeWithEngines("credentials of PostgreSQL", ["postgres"], () => {
  test("wrong ones are denied, without a secret in the message", async () => {
    await using engine = await startPostgres();
    const wrong = engine.url.replace(/:[^:@]+@/, ":s3cret@");
    const fault = await faultOf(openPool(wrong));
    expect(fault).toMatchObject({ code: "provider.denied", retry: "never" });
    expect(JSON.stringify(fault)).not.toContain("s3cret");
    const none = engine.url.replace(/:[^:@]+@/, "@");
    expect(await faultOf(openPool(none))).toMatchObject({ code: "provider.denied" });
    const nowhere = engine.url.replace(/\/postgres$/, "/nowhere");
    expect(await faultOf(openPool(nowhere))).toMatchObject({ code: "provider.denied" });
  });

  test("what a role may not do is denied", async () => {
    await using rig = await openRig();
    await rig.pool.write({ text: "CREATE ROLE guest LOGIN PASSWORD 'guest'" }, [], call);
    await using guest = await openPool(rig.engine.url.replace(/\/\/.*@/, "//guest:guest@"));
    expect(await faultOf(guest.write(insert, [1], call))).toMatchObject({
      code: "provider.denied",
    });
  });

  test("a password is read from its file for each connection", async () => {
    await using rig = await openRig();
    using folder = openScratchFolder();
    const file = join(folder.path, "password");
    const change = async (password: string) => {
      writeFileSync(file, `${password}\n`);
      await rig.pool.write({ text: `ALTER ROLE rotating PASSWORD '${password}'` }, [], call);
    };
    await rig.pool.write({ text: "CREATE ROLE rotating LOGIN" }, [], call);
    await change("first");
    const url = rig.wire.url(rig.engine.url).replace(/\/\/.*@/, "//rotating@");
    await using pool = await openPool(url, `passwordFile=${file}`);
    await change("second");
    rig.wire.cut();
    await pool.ping();
  });
});

describeWithEngines("TLS of PostgreSQL", ["postgres"], () => {
  test("the engine is trusted by its certificate, or not used", async () => {
    using folder = openScratchFolder();
    const certificate = makeCertificate();
    await using engine = await startPostgres({ certificate });
    const caFile = (name: string, text: string) => {
      const path = join(folder.path, name);
      writeFileSync(path, text);
      return `caFile=${path}`;
    };
    const right = caFile("right", certificate.certificate);
    const wrong = caFile("wrong", makeCertificate().certificate);
    const isEncrypted = { text: "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()" };
    for (const query of [right, `sslMode=verify-full&${right}`, "sslMode=require"]) {
      await using pool = await openPool(engine.url, query);
      expect(await pool.read(isEncrypted, [], call)).toEqual([{ ssl: true }]);
    }
    expect(await faultOf(openPool(engine.url, wrong))).toMatchObject({
      code: "provider.unavailable",
      retry: "never",
    });
    for (const query of [`sslMode=require&${right}`, "caFile=/nowhere"]) {
      expect(await faultOf(openPool(engine.url, query))).toMatchObject({
        code: "argument.invalid",
      });
    }
  });

  test("an engine without TLS is not spoken to in plain when TLS is asked for", async () => {
    await using engine = await startPostgres();
    expect(await faultOf(openPool(engine.url, "sslMode=require"))).toMatchObject({
      code: "provider.unavailable",
    });
  });
});
