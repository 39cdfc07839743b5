import { readHostFacts } from "@bedplate/environment-container";
import { listAsLeftOut } from "@bedplate/testkit/vitest";
import { CommandExitError, FileNotFoundError, FilesystemEventType, TimeoutError } from "e2b";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSandboxRig, type SandboxRig } from "./sandbox-rig.ts";

const { missing } = await readHostFacts();
const name = "a machine behind the door, by the official client";

describe(name, () => {
  if (missing.length > 0) return listAsLeftOut(name, missing.join("; "));
  let rig: SandboxRig;
  beforeAll(async () => {
    rig = await openSandboxRig({ accessToken: "secret" });
  }, 60_000);
  afterAll(() => rig[Symbol.asyncDispose]());

  it("runs a command as the user, in the user's home", async () => {
    const { stdout, exitCode } = await rig.sandbox.commands.run("id -un; pwd; echo $X", {
      envs: { X: "given" },
    });
    expect({ stdout, exitCode }).toEqual({ stdout: "user\n/home/user\ngiven\n", exitCode: 0 });
    const asRoot = await rig.sandbox.commands.run("id -un; pwd", { user: "root" });
    expect(asRoot.stdout).toBe("root\n/root\n");
  });

  it("tells how a command failed", async () => {
    const failed = rig.sandbox.commands.run("echo no >&2; exit 3");
    await expect(failed).rejects.toThrow(CommandExitError);
    await expect(failed).rejects.toMatchObject({ exitCode: 3, stderr: "no\n" });
  });

  it("ends a command with its time, and leaves nothing of it", async () => {
    const late = rig.sandbox.commands.run("sleep 4242", { timeoutMs: 500 });
    await expect(late).rejects.toThrow(TimeoutError);
    const left = await rig.sandbox.commands.run("pgrep -f 'sleep 424[2]' || echo none");
    expect(left.stdout).toBe("none\n");
  });

  it("writes input, closes it, and finds a command again", async () => {
    const first = await rig.sandbox.commands.run("cat; exit 7", { background: true, stdin: true });
    await first.disconnect();
    const again = await rig.sandbox.commands.connect(first.pid);
    await rig.sandbox.commands.sendStdin(first.pid, "over a new connection");
    await again.closeStdin();
    await expect(again.wait()).rejects.toMatchObject({
      exitCode: 7,
      stdout: "over a new connection",
    });
  });

  it("has terminals that can be resized", async () => {
    let told = "";
    const onData = (data: Uint8Array) => {
      told += Buffer.from(data).toString();
    };
    const terminal = await rig.sandbox.pty.create({ cols: 80, rows: 24, onData });
    await rig.sandbox.pty.resize(terminal.pid, { cols: 101, rows: 24 });
    await rig.sandbox.pty.sendInput(terminal.pid, Buffer.from("stty size; exit\n"));
    await terminal.wait();
    expect(told).toContain("24 101");
  });

  it("writes and reads files, wherever they are, as the user's own", async () => {
    const { files } = rig.sandbox;
    await files.write([
      { path: "a/b.txt", data: "one" },
      { path: "/elsewhere/c.txt", data: "two" },
    ]);
    expect(await files.read("a/b.txt")).toBe("one");
    expect(await files.getInfo("/elsewhere/c.txt")).toMatchObject({
      owner: "user",
      permissions: "-rw-r--r--",
      size: 3,
    });
    expect(await files.getInfo("/elsewhere")).toMatchObject({ owner: "user" });
    await expect(files.read("nothing")).rejects.toThrow(FileNotFoundError);
    await files.rename("a/b.txt", "x/y/z.txt");
    expect((await files.list("x", { depth: 2 })).map(({ path }) => path)).toEqual([
      "/home/user/x/y",
      "/home/user/x/y/z.txt",
    ]);
    expect(await files.makeDir("x")).toBe(false);
  });

  it("keeps metadata of files, and watches folders", async () => {
    const { files } = rig.sandbox;
    await files.makeDir("watched");
    const seen: string[] = [];
    const handle = await files.watchDir("watched", ({ type, name: at }) => {
      if (type === FilesystemEventType.WRITE) seen.push(at);
    });
    await files.write("watched/f", "x", { metadata: { author: "me" }, gzip: true });
    await expect.poll(() => seen).toContain("f");
    await handle.stop();
    expect(await files.getInfo("watched/f")).toMatchObject({ metadata: { author: "me" } });
  });

  it("lets nobody in without the token, but by a signature", async () => {
    const { files } = rig.sandbox;
    await files.write("signed.txt", "signed");
    const headers = { "e2b-sandbox-id": rig.id, "e2b-sandbox-port": "49983" };
    const bare = await fetch(`${rig.url}/files?path=signed.txt`, { headers });
    expect(bare.status).toBe(401);
    const call = {
      method: "POST",
      body: "{}",
      headers: { ...headers, "content-type": "application/json" },
    };
    expect((await fetch(`${rig.url}/process.Process/List`, call)).status).toBe(401);
    const good = await fetch(await fileUrl(rig, 60));
    expect(await good.text()).toBe("signed");
    const old = await fetch(await fileUrl(rig, -60));
    expect(old.status).toBe(401);
  });

  it("does not serve what is the platform's alone", async () => {
    const headers = { "e2b-sandbox-id": rig.id, "x-access-token": "secret" };
    for (const path of ["/init", "/freeze", "/unfreeze"]) {
      const { status } = await fetch(`${rig.url}${path}`, { method: "POST", headers });
      expect(status, path).toBe(404);
    }
  });

  it("refuses what is no message, and goes on", async () => {
    const headers = {
      "e2b-sandbox-id": rig.id,
      "x-access-token": "secret",
      "content-type": "application/json",
    };
    for (const body of ["", "{", '{"path":7}', '{"path":"a\\u0000b"}']) {
      const answer = await fetch(`${rig.url}/filesystem.Filesystem/Stat`, {
        method: "POST",
        headers,
        body,
      });
      expect(answer.status, body).toBeGreaterThanOrEqual(400);
      expect(answer.status, body).toBeLessThan(500);
    }
    const upload = {
      method: "POST",
      headers: { ...headers, "content-type": "multipart/form-data; boundary=x" },
      body: "--x\r\nnonsense",
    };
    expect((await fetch(`${rig.url}/files?path=q`, upload)).status).toBe(400);
    expect((await rig.sandbox.commands.run("echo on")).stdout).toBe("on\n");
  });
});

function fileUrl(rig: SandboxRig, seconds: number): Promise<string> {
  return rig.sandbox.downloadUrl("signed.txt", { useSignatureExpiration: seconds });
}

describe("ports of a sandbox", () => {
  if (missing.length > 0) return listAsLeftOut("ports of a sandbox", missing.join("; "));

  it("are passed on, with the host that the sandbox shall hear, to those with a token", async () => {
    await using rig = await openSandboxRig({
      trafficToken: "pass",
      maskHost: ["inner.example:$", "{PORT}"].join(""),
    });
    const server = `python3 -c "
import http.server
class H(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers['content-length']))
        self.send_response(201); self.end_headers()
        self.wfile.write(self.headers['Host'].encode() + b' ' + body)
http.server.HTTPServer(('', 8080), H).serve_forever()
"`;
    await rig.sandbox.commands.run(server, { background: true });
    const headers = { "e2b-sandbox-id": rig.id, "e2b-sandbox-port": "8080" };
    const ask = (more: Record<string, string> = {}) =>
      fetch(`${rig.url}/path`, { method: "POST", body: "hi", headers: { ...headers, ...more } });
    expect((await ask()).status).toBe(403);
    const pass = { "e2b-traffic-access-token": "pass" };
    await expect.poll(async () => (await ask(pass)).status, { timeout: 10_000 }).toBe(201);
    expect(await (await ask(pass)).text()).toBe("inner.example:8080 hi");
    const closed = await ask({ ...pass, "e2b-sandbox-port": "8081" });
    expect(await closed.json()).toMatchObject({ code: 502, port: 8081 });
    rig.hide();
    expect(await (await ask(pass)).json()).toMatchObject({ message: "The sandbox was not found" });
  }, 60_000);
});
