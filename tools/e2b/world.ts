import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** What of the internet the suite asks for, in name spaces of this process alone. */
export interface World {
  /** The domain whose names lead to sandboxes. */
  readonly domain: string;
  /** Who answers names, `address:port`. */
  readonly resolver: string;
  /** Where this host is seen from. */
  readonly here: string;
  /** PEM files. */
  readonly authority: string;
  readonly cert: string;
  readonly key: string;
}

/** Says to this program, started again, that it has name spaces of its own, and what to do there. */
const insideVariable = "BEDPLATE_E2B_WORLD";

// Addresses of documentation (RFC 5737) count as public, and lead nowhere else.
const here = "203.0.113.1";
const there = "203.0.113.2";
/** What all names of sandboxes lead to, as those of a load balancer would. */
const balancer = "203.0.113.10";
const domain = "sandbox.test";
const namespace = "internet";
const bundlePath = "/etc/ssl/certs/ca-certificates.crt";

/** The file that says what to do in name spaces of its own; undefined outside of such. */
export function insidePlan(): string | undefined {
  return process.env[insideVariable];
}

/** Runs this program again in a network and a mount name space of its own; answers its exit code. */
export async function runInsideWorld(plan: string): Promise<number> {
  const own = ["--net", "--mount", "--propagation", "private"];
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn("unshare", [...own, ...again], {
    stdio: "inherit",
    env: { ...process.env, [insideVariable]: plan },
  });
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  process.on("SIGINT", pass).on("SIGTERM", pass);
  const [code] = await once(child, "exit");
  return typeof code === "number" ? code : 1;
}

/** Makes the world around this process; it goes with the process. `folder` keeps certificates. */
export async function makeWorld(folder: string): Promise<World> {
  const paths = makeCertificates(folder);
  trust(paths.authority, folder);
  showOwnDevices(folder);
  makeCable();
  writeFileSync(join(folder, "resolv.conf"), `nameserver ${there}\n`);
  run("mount", "--bind", join(folder, "resolv.conf"), "/etc/resolv.conf");
  await startInternet({ ...paths, here });
  return { domain, resolver: `${there}:53`, here, ...paths };
}

/** `/sys` tells of the network name space in which it was mounted; control groups stay where they are. */
function showOwnDevices(folder: string): void {
  const aside = join(folder, "cgroup");
  mkdirSync(aside);
  run("mount", "--rbind", "/sys/fs/cgroup", aside);
  run("mount", "-t", "sysfs", "sysfs", "/sys");
  run("mount", "--rbind", aside, "/sys/fs/cgroup");
  run("umount", "-R", aside);
}

/** Two name spaces with a cable: this one, and one that stands for all that is public. */
function makeCable(): void {
  mkdirSync("/run/netns", { recursive: true });
  run("mount", "-t", "tmpfs", "netns", "/run/netns");
  run("ip", "link", "set", "lo", "up");
  run("ip", "netns", "add", namespace);
  run("ip", "link", "add", "world0", "type", "veth", "peer", "name", "eth0", "netns", namespace);
  run("ip", "address", "add", `${here}/24`, "dev", "world0");
  run("ip", "link", "set", "world0", "up");
  run("ip", "route", "add", "default", "via", there);
  for (const address of [`${there}/24`, `${balancer}/24`, "1.1.1.1/32", "8.8.8.8/32"]) {
    run("ip", "-n", namespace, "address", "add", address, "dev", "eth0");
  }
  for (const device of ["lo", "eth0"]) run("ip", "-n", namespace, "link", "set", device, "up");
}

async function startInternet(options: {
  readonly cert: string;
  readonly key: string;
  readonly here: string;
}): Promise<void> {
  const program = join(import.meta.dirname, "internet.ts");
  const told = JSON.stringify({ ...options, there, balancer, domain });
  const words = ["netns", "exec", namespace, process.execPath, program, told];
  const server = spawn("ip", words, { stdio: ["ignore", "pipe", "inherit"] });
  process.once("exit", () => server.kill("SIGKILL"));
  const lines = createInterface(server.stdout);
  await Promise.race([once(lines, "line"), failed(server, "the internet")]);
  server.unref();
  (server.stdout as { unref?: () => void }).unref?.();
}

async function failed(child: ReturnType<typeof spawn>, what: string): Promise<never> {
  const [code] = await once(child, "exit");
  throw new Error(`Cannot start ${what}: it ended with ${code}`);
}

/** Machines of this host get a copy of the bundle: what is trusted here is trusted there. */
function trust(authority: string, folder: string): void {
  const bundle = join(folder, "bundle.pem");
  copyFileSync(bundlePath, bundle);
  writeFileSync(bundle, readFileSync(authority), { flag: "a" });
  run("mount", "--bind", bundle, bundlePath);
}

/** An authority, and one certificate of it for every name and address that the suite asks for. */
function makeCertificates(folder: string): Pick<World, "authority" | "cert" | "key"> {
  const file = (name: string) => join(folder, name);
  const paths = { authority: file("ca.pem"), cert: file("site.pem"), key: file("site.key") };
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const authority = ["-subj", "/CN=world", "-keyout", file("ca.key"), "-out", paths.authority];
  openssl("req", "-x509", ...curve, ...authority, "-days", "30");
  const request = ["-subj", `/CN=${domain}`, "-keyout", paths.key, "-out", file("site.csr")];
  openssl("req", ...curve, ...request);
  const names = [domain, `*.${domain}`, "*.gstatic.com"].map((each) => `DNS:${each}`);
  const addresses = ["1.1.1.1", "8.8.8.8"].map((each) => `IP:${each}`);
  writeFileSync(file("site.ext"), `subjectAltName=${[...names, ...addresses].join(",")}\n`);
  const signed = ["-CA", paths.authority, "-CAkey", file("ca.key"), "-CAcreateserial"];
  const wish = ["-in", file("site.csr"), "-extfile", file("site.ext"), "-out", paths.cert];
  openssl("x509", "-req", ...wish, ...signed, "-days", "30");
  return paths;
}

function openssl(...words: readonly string[]): void {
  run("openssl", ...words);
}

function run(program: string, ...words: readonly string[]): void {
  execFileSync(program, words, { stdio: ["ignore", "ignore", "pipe"] });
}
