import { readHostFacts } from "@bedplate/environment-container";
import { findProgram } from "@bedplate/testkit";
import { listAsLeftOut } from "@bedplate/testkit/vitest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSandboxRig, type SandboxRig } from "./sandbox-rig.ts";

const facts = await readHostFacts();
const lacking = ["python3", "node"].filter((name) => findProgram(name) === undefined);
const missing = [...facts.missing, ...lacking];
const name = "the code interpreter";

interface Message {
  readonly type: string;
  readonly text?: string;
  readonly name?: string;
  readonly value?: string;
  readonly execution_count?: number;
}

describe(name, () => {
  if (missing.length > 0) return listAsLeftOut(name, missing.join("; "));
  let rig: SandboxRig;
  beforeAll(async () => {
    rig = await openSandboxRig({ hasInterpreter: true });
  }, 60_000);
  afterAll(() => rig[Symbol.asyncDispose]());

  const ask = (method: string, path: string, body?: object, signal?: AbortSignal) =>
    fetch(`${rig.url}${path}`, {
      method,
      headers: { "e2b-sandbox-id": rig.id, "e2b-sandbox-port": "49999" },
      ...(body && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });

  const run = async (code: string, options: object = {}): Promise<readonly Message[]> => {
    const answer = await ask("POST", "/execute", { code, ...options });
    const text = await answer.text();
    expect(answer.status, text).toBe(200);
    return text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Message);
  };

  const told = (messages: readonly Message[], type: string) =>
    messages
      .filter((each) => each.type === type)
      .map((each) => each.text ?? "")
      .join("");

  it("runs Python, keeps what a snippet leaves, and tells the value of the last line", async () => {
    await run("x = 20");
    const messages = await run("print('out'); x + 1");
    expect(told(messages, "stdout")).toBe("out\n");
    expect(told(messages, "result")).toBe("21");
    expect(messages.at(-1)).toEqual({ type: "end_of_execution" });
    expect(messages.find(({ type }) => type === "number_of_executions")?.execution_count).toBe(2);
  });

  it("tells what a program of the shell writes, and errors", async () => {
    expect(told(await run("!pwd; echo err >&2"), "stdout")).toBe("/home/user\n");
    const failed = await run("nothing_of_that_name");
    expect(failed.find(({ type }) => type === "error")).toMatchObject({
      name: "NameError",
      value: "name 'nothing_of_that_name' is not defined",
    });
  });

  it("gives variables to one snippet alone", async () => {
    const code = "import os; os.environ.get('FOO')";
    expect(told(await run(code, { env_vars: { FOO: "bar" } }), "result")).toBe("bar");
    expect(told(await run(code), "result")).toBe("");
  });

  it("runs JavaScript and TypeScript with imports and await", async () => {
    const esm = "import { readFileSync } from 'fs'\nconsole.log(typeof readFileSync)";
    expect(told(await run(esm, { language: "js" }), "stdout")).toBe("function\n");
    const value = "const m: string = await Promise.resolve('hi'); m";
    expect(told(await run(value, { language: "ts" }), "result")).toBe("hi");
    const failed = await run("null.x", { language: "js" });
    expect(failed.find(({ type }) => type === "error")).toMatchObject({ name: "TypeError" });
  });

  it("runs a shell that remembers", async () => {
    await run("y=5; cd /tmp", { language: "bash" });
    expect(told(await run("echo $y; pwd", { language: "bash" }), "stdout")).toBe("5\n/tmp\n");
  });

  it.skipIf(findProgram("jshell") === undefined)(
    "runs Java, where the machine has a JDK",
    async () => {
      const java = { language: "java" };
      await run("int x = 20;", java);
      const messages = await run('System.out.println("ä\\t"); x + 1', java);
      expect(told(messages, "stdout")).toBe("ä\t\n");
      expect(told(messages, "result")).toBe("21");
      const property = 'System.getProperty("FOO", "none")';
      expect(told(await run(property, { ...java, env_vars: { FOO: "bar" } }), "result")).toBe(
        "bar",
      );
      expect(told(await run(property, java), "result")).toBe("none");
      for (const [code, error] of [
        ['int y = "a";', "CompilationError"],
        ['throw new IllegalStateException("no");', "java.lang.IllegalStateException"],
      ] as const) {
        const failed = await run(code, java);
        expect(failed.find(({ type }) => type === "error")).toMatchObject({ name: error });
      }
    },
    60_000,
  );

  it("interrupts a snippet that nobody waits for any more", async () => {
    const leaves = AbortSignal.timeout(1_000);
    const cut = ask("POST", "/execute", { code: "import time; time.sleep(300)" }, leaves);
    await expect(cut.then((answer) => answer.text())).rejects.toThrow();
    expect(told(await run("1 + 1"), "result")).toBe("2");
  }, 30_000);

  it("keeps contexts apart, starts them anew and removes them", async () => {
    const made = await (await ask("POST", "/contexts", { cwd: "/tmp" })).json();
    expect(made).toMatchObject({ language: "python", cwd: "/tmp" });
    const { id } = made as { readonly id: string };
    await run("z = 1", { context_id: id });
    expect(told(await run("z", { context_id: id }), "result")).toBe("1");
    expect((await run("z")).some(({ name: error }) => error === "NameError")).toBe(true);
    expect((await ask("POST", `/contexts/${id}/restart`)).status).toBe(204);
    const again = await run("z", { context_id: id });
    expect(again.some(({ name: error }) => error === "NameError")).toBe(true);
    const listed = (await (await ask("GET", "/contexts")).json()) as { readonly id: string }[];
    expect(listed.map((each) => each.id)).toContain(id);
    expect((await ask("DELETE", `/contexts/${id}`)).status).toBe(204);
    expect((await ask("DELETE", `/contexts/${id}`)).status).toBe(404);
  }, 30_000);

  it("refuses what it cannot run", async () => {
    for (const body of [
      {},
      { code: 1 },
      { code: "1", language: "cobol" },
      { code: "1", context_id: "no" },
    ]) {
      const { status } = await ask("POST", "/execute", body);
      expect([400, 404], JSON.stringify(body)).toContain(status);
    }
  });
});
