import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./cache-folder.ts";
import { installPostgres, type PostgresBinaries } from "./postgres-binaries.ts";
import { publishFolder } from "./publish-folder.ts";
import { giveTo, unprivilegedUser } from "./unprivileged-user.ts";

/** An empty database cluster that servers are copied from. */
export interface PostgresTemplate {
  readonly binaries: PostgresBinaries;
  readonly data: string;
  /** Of the superuser `postgres`; random, one per machine. */
  readonly password: string;
}

/** Takes the template from the cache, or makes it there: that takes a second or two, once per machine. */
export function openPostgresTemplate(packageFolder: string): PostgresTemplate {
  const binaries = installPostgres(packageFolder);
  const owner = process.getuid?.() ?? 0;
  const path = join(cacheFolder("postgres"), `${binaries.version}-template-${owner}`);
  if (!existsSync(path)) makeTemplate(binaries, path);
  return {
    binaries,
    data: join(path, "data"),
    password: readFileSync(join(path, "password"), "utf8"),
  };
}

function makeTemplate({ initdb }: PostgresBinaries, path: string): void {
  const draft = mkdtempSync(`${path}-`);
  const user = unprivilegedUser();
  const passwordFile = join(draft, "password");
  writeFileSync(passwordFile, randomBytes(18).toString("base64url"), { mode: 0o600 });
  for (const each of [draft, passwordFile]) giveTo(user, each);
  const args = ["--username=postgres", "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
  try {
    execFileSync(
      initdb,
      [...args, "--encoding=UTF8", "--locale=C", "--no-sync", "-D", join(draft, "data")],
      {
        ...user,
        cwd: draft,
        env: { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC" },
        stdio: "pipe",
      },
    );
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
  publishFolder(draft, path);
}
