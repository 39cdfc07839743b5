import { chmod } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { signatureOf, toE2bKey } from "@bedplate/e2b";
import { readHostFacts } from "@bedplate/environment-container";
import { openScratchFolder } from "@bedplate/testkit";
import { listAsLeftOut } from "@bedplate/testkit/vitest";
import { Sandbox } from "e2b";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkConfig, listenE2b } from "../../src/index.ts";
import { openRig } from "../rig.ts";

const { missing } = await readHostFacts();
const name = "two projects behind one door";

/** A project's sandbox, and the token of its owner. */
interface Tenant {
  readonly connection: { readonly [K in "apiKey" | "apiUrl" | "sandboxUrl"]: string };
  readonly sandbox: Sandbox;
  readonly token: string;
}

describe(name, () => {
  if (missing.length > 0) return void listAsLeftOut(name, missing.join("; "));
  const opened = new AsyncDisposableStack();
  let url: string;
  let mine: Tenant;
  let theirs: Tenant;

  beforeAll(async () => {
    const scratch = opened.use(openScratchFolder());
    // Machines' own users pass through.
    await chmod(scratch.path, 0o711);
    const places = { stateFolder: `${scratch.path}/state`, dataFolder: `${scratch.path}/data` };
    const environments = { container: { config: places } };
    const config = { environments, listen: { port: 0 }, e2b: { port: 0 } };
    const rig = opened.use(await openRig({ slots: ["container"], config }));
    const listening = await listenE2b(rig.server, checkConfig(config));
    if (listening === undefined) throw new Error("the front door is closed");
    url = opened.use(listening).variables["E2B_API_URL"] ?? "";
    const tenant = async (project: string): Promise<Tenant> => {
      const { text } = await rig.client.access.createKey({ role: "runner", label: "it", project });
      const connection = { apiKey: toE2bKey(text), apiUrl: url, sandboxUrl: url };
      const sandbox = await Sandbox.create("base", connection);
      await sandbox.files.write("secret.txt", project);
      const { envdAccessToken } = await created(connection.apiKey, sandbox.sandboxId);
      return { connection, sandbox, token: envdAccessToken };
    };
    [mine, theirs] = [await tenant("mine"), await tenant("theirs")];
  }, 120_000);
  afterAll(() => opened.disposeAsync());

  async function created(
    apiKey: string,
    id: string,
  ): Promise<{ readonly envdAccessToken: string }> {
    const headers = { "x-api-key": apiKey };
    const answer = await fetch(`${url}/sandboxes/${id}`, { headers });
    return (await answer.json()) as { readonly envdAccessToken: string };
  }

  /** A request with any headers, `Host` too. */
  function ask(path: string, headers: Record<string, string | string[]>, method = "GET") {
    return new Promise<{ readonly status: number; readonly body: string }>((resolve, reject) => {
      const sent = httpRequest(new URL(path, url), { method, headers }, (answer) => {
        let body = "";
        answer.on("data", (chunk) => {
          body += String(chunk);
        });
        answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
      });
      sent.on("error", reject).end();
    });
  }

  const fileOf = ({ sandbox }: Tenant, more: Record<string, string | string[]>) =>
    ask("/files?path=secret.txt", { "e2b-sandbox-id": sandbox.sandboxId, ...more });

  it("a key reaches no sandbox of another project, by no route", async () => {
    const id = theirs.sandbox.sandboxId;
    const headers = { "x-api-key": mine.connection.apiKey, "content-type": "application/json" };
    const routes = [
      ["GET", `/sandboxes/${id}`],
      ["DELETE", `/sandboxes/${id}`],
      ["POST", `/sandboxes/${id}/connect`],
      ["POST", `/v2/sandboxes/${id}/connect`],
      ["POST", `/sandboxes/${id}/resume`],
      ["POST", `/sandboxes/${id}/timeout`, { timeout: 1 }],
      ["POST", `/sandboxes/${id}/pause`],
      ["POST", `/sandboxes/${id}/refreshes`],
      ["PUT", `/sandboxes/${id}/network`, {}],
      ["GET", `/sandboxes/${id}/metrics`],
      ["GET", `/sandboxes/${id}/logs`],
      ["POST", `/sandboxes/${id}/snapshots`, {}],
      ["POST", `/sandboxes/${id}/fork`, {}],
      ["POST", `/sandboxes/${id}-${mine.sandbox.sandboxId}/fork`, {}],
    ] as const;
    for (const [method, path, body] of routes) {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const { status } = await fetch(`${url}${path}`, { method, headers, ...sent });
      expect([method, path, status]).toEqual([method, path, 404]);
    }
    const listed = await fetch(`${url}/v2/sandboxes`, { headers });
    expect(await listed.text()).not.toContain(id);
    expect(await theirs.sandbox.isRunning()).toBe(true);
  });

  it("a snapshot of another project is no template", async () => {
    const { snapshotId } = await theirs.sandbox.createSnapshot({ name: "of-theirs" });
    for (const template of [snapshotId, "of-theirs"]) {
      await expect(Sandbox.create(template, mine.connection)).rejects.toThrow(/no template/);
    }
    expect(await Sandbox.deleteSnapshot(snapshotId, mine.connection)).toBe(false);
    expect(await Sandbox.deleteSnapshot(snapshotId, theirs.connection)).toBe(true);
  });

  it("a token opens its own sandbox alone, whatever names the other", async () => {
    const { sandboxId } = theirs.sandbox;
    expect(await fileOf(theirs, { "x-access-token": theirs.token })).toMatchObject({
      status: 200,
      body: "theirs",
    });
    const tricks: readonly Record<string, string | string[]>[] = [
      {},
      { "x-access-token": mine.token },
      { "x-access-token": "" },
      { "x-access-token": [mine.token, theirs.token] },
      { "x-access-token": mine.token, host: `49983-${sandboxId}.box.test` },
      { "x-api-key": theirs.connection.apiKey },
      { authorization: `Bearer ${theirs.token}` },
      { "e2b-traffic-access-token": theirs.token },
    ];
    for (const headers of tricks) {
      expect(await fileOf(theirs, headers)).toMatchObject({ status: 401 });
    }
  });

  it("a name in the host outweighs the one in a header, and a doubled header names nobody", async () => {
    const host = `49983-${mine.sandbox.sandboxId}.box.test`;
    const asked = await fileOf(theirs, { host, "x-access-token": mine.token });
    expect(asked).toMatchObject({ status: 200, body: "mine" });
    const both = [mine.sandbox.sandboxId, theirs.sandbox.sandboxId];
    const doubled = { "e2b-sandbox-id": both, "x-access-token": mine.token };
    expect((await fileOf(mine, doubled)).status).toBe(404);
  });

  it("a signature is for one sandbox, one file, one direction and one user", async () => {
    const grant = { path: "secret.txt", operation: "read", user: "" } as const;
    const signature = encodeURIComponent(signatureOf(grant, mine.token));
    const signed = `/files?path=secret.txt&signature=${signature}`;
    const own = { "e2b-sandbox-id": mine.sandbox.sandboxId };
    expect(await ask(signed, own)).toMatchObject({ status: 200, body: "mine" });
    expect(await ask(signed, {})).toMatchObject({ status: 200, body: "mine" });
    const other = { "e2b-sandbox-id": theirs.sandbox.sandboxId };
    expect((await ask(signed, other)).status).toBe(401);
    expect((await ask(signed.replace("secret", "other"), own)).status).toBe(401);
    expect((await ask(`${signed}&username=root`, own)).status).toBe(401);
    expect((await ask(`${signed}&signature_expiration=99999999999`, own)).status).toBe(401);
    expect((await ask(signed, own, "POST")).status).toBe(401);
  });

  it("a signature makes nobody root by a header", async () => {
    await mine.sandbox.commands.run("echo hidden > /root/hidden && chmod 600 /root/hidden", {
      user: "root",
    });
    const grant = { path: "hidden", operation: "read", user: "" } as const;
    const signature = encodeURIComponent(signatureOf(grant, mine.token));
    const headers = {
      "e2b-sandbox-id": mine.sandbox.sandboxId,
      authorization: `Basic ${Buffer.from("root:").toString("base64")}`,
    };
    // The path is in the home of whom the request is for.
    const { status } = await ask(`/files?path=hidden&signature=${signature}`, headers);
    expect(status).toBe(404);
  });

  it("programs of a sandbox are not told the tokens of its door", async () => {
    const listen = `python3 -u -c "
import socket
s = socket.create_server(('', 8123))
while True:
    c = s.accept()[0]
    data = c.recv(65536)
    c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n' % len(data) + data)
    c.close()"`;
    await mine.sandbox.commands.run(listen, { background: true });
    const headers = {
      "e2b-sandbox-id": mine.sandbox.sandboxId,
      "e2b-sandbox-port": "8123",
      "x-access-token": mine.token,
      "x-api-key": mine.connection.apiKey,
      "x-own": "told",
    };
    await expect.poll(async () => (await ask("/", headers)).status, { timeout: 10_000 }).toBe(200);
    const { body } = await ask("/", headers);
    expect(body).toContain("told");
    expect(body).not.toContain(mine.token);
    expect(body).not.toContain(mine.connection.apiKey);
  });
});
