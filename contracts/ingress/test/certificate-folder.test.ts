import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeCertificate } from "@bedplate/conformance/certificates";
import { createLog } from "@bedplate/telemetry";
import { eventually, openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { CertificateFolder, type CertificatePem } from "../src/index.ts";

async function openFolder() {
  const held = new AsyncDisposableStack();
  const { path } = held.use(openScratchFolder());
  const taken: CertificatePem[] = [];
  const lines: string[] = [];
  const log = createLog({ write: (line) => void lines.push(line), now: Date.now, level: "info" });
  const onCertificate = (each: CertificatePem) => void taken.push(each);
  const write = (file: string, text: string) => writeFileSync(join(path, file), text);
  const open = async () =>
    held.use(await CertificateFolder.open({ folder: path, onCertificate, log, checkMs: 10 }));
  const dispose = () => held.disposeAsync();
  return { path, taken, lines, write, open, [Symbol.asyncDispose]: dispose };
}

test("what is there is taken, what changes is taken again, and what goes can be named no more", async () => {
  await using place = await openFolder();
  const { certificate, privateKey } = makeCertificate();
  place.write("site.pem", `${privateKey}${certificate}\n\n${certificate}`);
  place.write("README.md", "no certificate");
  const folder = await place.open();
  expect(place.taken).toEqual([
    { name: "site", chain: `${certificate}${certificate}`, key: privateKey },
  ]);
  expect([await folder.has("site"), await folder.has("README")]).toEqual([true, false]);
  const next = makeCertificate();
  place.write("site.pem", `${next.certificate}${next.privateKey}`);
  await eventually("it is taken again", () => place.taken.at(-1)?.key === next.privateKey);
  rmSync(join(place.path, "site.pem"));
  await eventually("it is gone", async () => !(await folder.has("site")));
  place.write("later.pem", `${next.certificate}${next.privateKey}`);
  expect(await folder.has("later")).toBe(true);
});

test("what cannot be used is logged once, without a word of it", async () => {
  await using place = await openFolder();
  const [one, two] = [makeCertificate(), makeCertificate()];
  place.write("pair.pem", `${one.certificate}${two.privateKey}`);
  place.write("long.pem", `${one.certificate}${one.privateKey}${" ".repeat(24 * 1024)}`);
  place.write("torn.pem", `${one.certificate}${one.privateKey.replace(/\n..../, "\nAAAA")}`);
  const folder = await place.open();
  for (let i = 0; i < 5; i++) expect(await folder.has("pair")).toBe(false);
  expect(place.taken).toEqual([]);
  expect(place.lines.filter((line) => line.includes("certificate refused")).length).toBe(3);
  const secrets = [one, two].flatMap(({ privateKey }) => privateKey.split("\n").slice(1, 3));
  for (const secret of secrets) expect(place.lines.join("")).not.toContain(secret);
});

test("a route whose certificate is not there is named", async () => {
  await using place = await openFolder();
  const { certificate, privateKey } = makeCertificate();
  place.write("site.pem", `${certificate}${privateKey}`);
  const folder = await place.open();
  const match = { host: "a.example", pathPrefix: "/" };
  const plain = { name: "plain", match, backends: [], timeoutMs: 1_000 };
  const routeTo = (name: string) => ({ ...plain, name, tls: { certificate: name } });
  folder.warnOfMissing([plain, routeTo("site"), routeTo("gone")]);
  const warnings = place.lines.filter((line) => line.includes("is missing"));
  expect(warnings.map((line) => JSON.parse(line))).toMatchObject([
    { level: "warn", route: "gone", certificate: "gone" },
  ]);
});

test("a folder that is not there is a fault", async () => {
  const { open, path, [Symbol.asyncDispose]: dispose } = await openFolder();
  rmSync(path, { recursive: true });
  await expect(open()).rejects.toMatchObject({ code: "provider.unavailable" });
  await dispose();
});
