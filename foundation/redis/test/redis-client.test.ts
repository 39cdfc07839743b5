import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { faultOf, makeCertificate, openScratchFolder, startRedis } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { expect, test } from "vitest";
import { defineScript, isRedisError } from "../src/index.ts";
import { call, openClient, openRig } from "./support/rig.ts";

const { op } = call;

describeWithEngines("a client on Redis", ["redis"], () => {
  test("bytes and texts go there and come back", async () => {
    await using rig = await openRig();
    const bytes = Uint8Array.of(0, 255, 13, 10);
    const key = rig.redis.key("b");
    expect(key).toBe("bedplate:b");
    expect(await rig.redis.write(["SET", key, bytes], call)).toBe("OK");
    expect(await rig.redis.read(["GET", key], { op })).toEqual(Buffer.from(bytes));
    await rig.redis.write(["SET", key, "text"], call);
    expect(await rig.redis.read(["GET", key], call)).toBe("text");
    expect(await rig.redis.read(["GET", rig.redis.key("none")], { op })).toBe(null);
  });

  test("a thousand requests of one turn are answered in their order", async () => {
    await using rig = await openRig({ appendFsync: "everysec" });
    const numbers = Array.from({ length: 1_000 }, (_, index) => index + 1);
    const all = numbers.map(() => rig.redis.write<number>(["INCR", rig.redis.key("n")], call));
    expect(await Promise.all(all)).toEqual(numbers);
  });

  test("a script runs by its digest, also after the engine forgot it", async () => {
    await using rig = await openRig();
    const script = defineScript("return {redis.call('INCRBY', KEYS[1], ARGV[1]), ARGV[2]}");
    const request = { script, keys: [rig.redis.key("n")], values: [2, Buffer.from([255])] };
    expect(await rig.redis.write(request, { op })).toEqual([2, Buffer.from([255])]);
    expect(await rig.redis.write(request, { op })).toEqual([4, Buffer.from([255])]);
    await rig.direct.write(["SCRIPT", "FLUSH"], call);
    expect(await rig.redis.write(request, { op })).toEqual([6, Buffer.from([255])]);
  });

  test("a refusal that only the driver understands comes as the engine's own error", async () => {
    await using rig = await openRig();
    await rig.redis.write(["SET", "s", "text"], call);
    const refused = await rig.redis.write(["INCR", "s"], call).catch((error: unknown) => error);
    expect(isRedisError(refused, "ERR")).toBe(true);
    const wrong = await rig.redis.write(["LPUSH", "s", "x"], call).catch((error: unknown) => error);
    expect(isRedisError(wrong, "WRONGTYPE")).toBe(true);
    await rig.redis.ping();
  });

  test("full memory is a quota", async () => {
    await using rig = await openRig({ settings: { "maxmemory-policy": "noeviction" } });
    await rig.direct.write(["CONFIG", "SET", "maxmemory", 1], call);
    expect(await faultOf(rig.redis.write(["SET", "a", "b"], call))).toMatchObject({
      code: "quota.exceeded",
      effect: "none",
      detail: { meter: "memory" },
    });
  });

  test("too many clients, and a replica that takes no writes, are unavailable", async () => {
    await using rig = await openRig();
    await rig.direct.write(["CONFIG", "SET", "maxclients", 2], call);
    expect(await faultOf(openClient(rig.engine.url))).toMatchObject({
      code: "provider.unavailable",
    });
    await rig.direct.write(["REPLICAOF", "127.0.0.1", 1], call);
    expect(await faultOf(rig.redis.write(["SET", "a", "b"], call))).toMatchObject({
      code: "provider.unavailable",
      effect: "none",
    });
  });

  test("closing finishes what was sent, and refuses what comes later", async () => {
    await using rig = await openRig();
    const answers = [1, 2, 3].map(() => rig.redis.write(["INCR", "n"], call));
    const closing = rig.redis[Symbol.asyncDispose]();
    expect(await faultOf(rig.redis.read(["GET", "n"], call))).toMatchObject({
      code: "resource.closed",
    });
    expect(await Promise.all(answers)).toEqual([1, 2, 3]);
    await closing;
    await rig.redis[Symbol.asyncDispose]();
  });
});

describeWithEngines("credentials of Redis", ["redis"], () => {
  test("wrong ones are denied, without a secret in the message", async () => {
    await using engine = await startRedis();
    const fault = await faultOf(openClient(engine.url.replace(/:[^:@]+@/, ":s3cret@")));
    expect(fault).toMatchObject({ code: "provider.denied", retry: "never" });
    expect(JSON.stringify(fault)).not.toContain("s3cret");
    const none = await faultOf(openClient(engine.url.replace(/:[^:@]+@/, "")));
    expect(none).toMatchObject({ code: "provider.denied" });
  });

  test("what a user may not do is denied", async () => {
    await using rig = await openRig();
    await rig.direct.write(["ACL", "SETUSER", "guest", "on", ">pw", "~*", "+ping", "+get"], call);
    await using guest = await openClient(rig.engine.url.replace(/:[^:@]+@/, "guest:pw@"));
    expect(await guest.read(["GET", "a"], call)).toBe(null);
    expect(await faultOf(guest.write(["SET", "a", "b"], call))).toMatchObject({
      code: "provider.denied",
    });
  });

  test("a password is read from its file for each connection", async () => {
    await using rig = await openRig();
    using folder = openScratchFolder();
    const file = join(folder.path, "password");
    const change = async (password: string) => {
      writeFileSync(file, `${password}\n`);
      await rig.direct.write(
        ["ACL", "SETUSER", "rotating", "on", "resetpass", `>${password}`, "+@all", "~*"],
        call,
      );
    };
    await change("first");
    const url = rig.wire.url(rig.engine.url).replace(/:[^:@]+@/, "rotating@");
    await using client = await openClient(url, `passwordFile=${file}`);
    await change("second");
    rig.wire.cut();
    await client.ping();
  });
});

describeWithEngines("TLS of Redis", ["redis"], () => {
  test("the engine is trusted by its certificate, or not used", async () => {
    using folder = openScratchFolder();
    const certificate = makeCertificate();
    await using engine = await startRedis({ certificate });
    const caFile = (name: string, text: string) => {
      const path = join(folder.path, name);
      writeFileSync(path, text);
      return `caFile=${path}`;
    };
    await using client = await openClient(engine.url, caFile("right", certificate.certificate));
    await client.ping();
    const wrong = caFile("wrong", makeCertificate().certificate);
    expect(await faultOf(openClient(engine.url, wrong))).toMatchObject({
      code: "provider.unavailable",
      retry: "never",
    });
    const plain = engine.url.replace("rediss:", "redis:");
    expect(await faultOf(openClient(plain, wrong))).toMatchObject({ code: "argument.invalid" });
    expect(await faultOf(openClient(plain))).toMatchObject({ code: "provider.unavailable" });
  });
});
