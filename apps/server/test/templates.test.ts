import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newCall } from "@bedplate/environment";
import { readHostFacts } from "@bedplate/environment-container";
import { tarEnd, tarHeader, tarPadding } from "@bedplate/oci";
import { faultOf } from "@bedplate/testkit";
import { listAsLeftOut } from "@bedplate/testkit/vitest";
import { describe, expect, it } from "vitest";
import { openRig, type Rig } from "./rig.ts";

const { missing } = await readHostFacts();
const name = "templates on containers";

describe(
  name,
  missing.length > 0
    ? () => listAsLeftOut(name, missing.join("; "))
    : () => {
        it("are built step by step, steps that were done are not done again, and machines have the files", async () => {
          await using place = openPlace();
          await using rig = await openRig(place.options);
          const { templates } = rig.client;
          await templates.putFiles(
            "context",
            archiveOf({ "app/main.sh": "echo $GREETING from $(pwd)", "app/sub/data": "x" }),
          );
          const plan = {
            name: "greeter",
            from: "host",
            hasNetwork: false,
            steps: [
              { kind: "USER", name: "root" },
              { kind: "RUN", command: "echo made > /opt/made && echo told && echo warned >&2" },
              { kind: "WORKDIR", path: "/srv/app" },
              {
                kind: "COPY",
                from: "app",
                to: ".",
                files: "context",
                owner: "user:user",
                mode: "755",
              },
              { kind: "ENV", variables: { GREETING: "hello" } },
              { kind: "USER", name: "user" },
              {
                kind: "RUN",
                command: "test -w /srv/app/main.sh && rm sub/data && id -un > sub/who",
              },
            ],
            start: { command: "sleep 0.2; touch /tmp/ready; sleep 5", ready: "test -e /tmp/ready" },
          } as const;
          const asked = await templates.build(plan);
          const done = await templates.wait(asked.id);
          const log = (await Array.fromAsync(templates.logs(asked.id))).map(({ text }) => text);
          expect(done, log.join("\n")).toMatchObject({ phase: "ready" });
          expect(log).toContain("told");
          expect(log).toContain("warned");
          const standing = await rig.client.machines.create({
            root: "template:greeter",
            waitMs: 60_000,
          });
          // It counts as running since what the template starts is ready.
          expect(standing).toMatchObject({
            state: "running",
            artifact: done.root,
            start: plan.start,
          });
          await rig.client.machines.delete(standing.id, { waitMs: 60_000 });
          const machine = await machineOf(rig, done.root ?? "");
          expect(await machine.sh("cat /opt/made; sh ./main.sh; ls sub; cat sub/who")).toBe(
            "made\nhello from /srv/app\nwho\nuser\n",
          );
          await machine.end();

          const again = await templates.wait((await templates.build(plan)).id);
          expect(again.root).toBe(done.root);
          const texts = (await Array.fromAsync(templates.logs(again.id))).map(({ text }) => text);
          expect(texts.filter((each) => each === "done before")).toHaveLength(4);
          expect(texts).not.toContain("told");
          const forced = await templates.wait(
            (await templates.build({ ...plan, isForced: true })).id,
          );
          const said = (await Array.fromAsync(templates.logs(forced.id))).map(({ text }) => text);
          expect(said).toContain("told");

          const above = {
            name: "above",
            from: "template:greeter",
            steps: [{ kind: "RUN", command: "cat /opt/made" }],
          } as const;
          expect(
            await templates.wait((await templates.build({ ...above, hasNetwork: false })).id),
          ).toMatchObject({ phase: "ready" });
          expect((await templates.get("greeter")).tags).toEqual({ default: forced.id });
          const tagged = await templates.tag("greeter", { old: done.id });
          expect(tagged.tags).toEqual({ default: forced.id, old: done.id });
          expect((await templates.list()).map((each) => each.name)).toEqual(["greeter", "above"]);
          await templates.delete("greeter");
          expect(await faultOf(templates.get("greeter"))).toMatchObject({
            code: "resource.missing",
          });
        });

        it("fail with the step that failed, and with what it said", async () => {
          await using place = openPlace();
          await using rig = await openRig(place.options);
          const { templates } = rig.client;
          const build = async (
            steps: Parameters<typeof templates.build>[0]["steps"],
            more = {},
          ) => {
            const asked = await templates.build({
              name: "bad",
              from: "host",
              hasNetwork: false,
              steps,
              ...more,
            });
            return templates.wait(asked.id);
          };
          const failed = await build([
            { kind: "ENV", variables: { A: "b" } },
            { kind: "RUN", command: "echo about to fail; exit 7" },
          ]);
          expect(failed).toMatchObject({
            phase: "failed",
            failure: { step: 1, message: "the command exited with code 7" },
          });
          const late = await build([{ kind: "RUN", command: "sleep 60", timeoutMs: 300 }]);
          expect(late.failure?.message).toBe("the command took too long and was ended");
          const start = { command: "exit 3", ready: "false" };
          const bad = await build([], { start });
          expect(bad.failure).toEqual({ message: "the start command exited with code 3" });
          const never = await build([], {
            start: { command: "sleep 30", ready: "false", readyMs: 700 },
          });
          expect(never.failure?.message).toMatch(/ready check did not succeed within 700 ms/);
          const files = templates.build({
            name: "bad",
            from: "host",
            steps: [{ kind: "COPY", from: "x", to: "/x", files: "none" }],
          });
          expect(await faultOf(files)).toMatchObject({ code: "resource.missing" });
          await templates.putFiles("some", archiveOf({ a: "1" }));
          const lost = await build([{ kind: "COPY", from: "b", to: "/opt/b", files: "some" }]);
          expect(lost.failure).toEqual({ step: 0, message: "copying exited with code 1" });
          const log = (await Array.fromAsync(templates.logs(lost.id))).map(({ text }) => text);
          expect(log).toContain("the archive has nothing like b");
          const from = await build([], { from: "template:none" });
          expect(from.failure?.message).toMatch(/there is none/);
          expect((await templates.get("bad")).tags).toEqual({});
        });
      },
);

/** A place of its own for the environment, and what opens a server on it. */
function openPlace() {
  const folder = mkdtempSync(join(tmpdir(), "bpt-"));
  chmodSync(folder, 0o711);
  const config = {
    stateFolder: join(folder, "state"),
    dataFolder: join(folder, "data"),
    warmNetworks: 0,
    diskBytes: 128 * 2 ** 20,
  };
  return {
    options: { slots: ["container"], config: { environments: { container: { config } } } },
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function archiveOf(files: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const blocks = Object.entries(files).flatMap(([path, text]) => {
    const bytes = Buffer.from(text);
    const head = { path, kind: "file", mode: 0o644, uid: 0, gid: 0, modifiedAt: 1 } as const;
    return [tarHeader({ ...head, bytes: bytes.length }), bytes, tarPadding(bytes.length)];
  });
  return new Uint8Array(Buffer.concat([...blocks, tarEnd]));
}

/** A machine on a root, as the control plane of machines will make it. */
async function machineOf(rig: Rig, root: string) {
  const use = rig.server.registry.slots.use("container");
  let keys = 0;
  const call = () => newCall({ principal: "test", timeoutMs: 30_000, key: `test-${keys++}` });
  const spec = { artifact: root as `sha256:${string}`, config: {}, caps: {}, labels: {} };
  const instance = await use.environment.create(spec, call());
  await instance.start(call());
  return {
    async sh(script: string): Promise<string> {
      const exec = instance.facet("exec");
      const { id } = await exec.start({ argv: ["/bin/sh", "-c", script] }, call());
      let said = "";
      for await (const { data } of exec.output({ process: id, from: 0 }, call())) {
        said += Buffer.from(data).toString();
      }
      return said;
    },
    async end(): Promise<void> {
      await instance.stop({ graceMs: 0 }, call());
      await instance.release(call());
      use[Symbol.dispose]();
    },
  };
}
