import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive, withHostLock } from "../host/host-lock.ts";
import { bridgeHardwareAddress, bridgeName, gatewayOf, tableName } from "./addresses.ts";
import { baseRules } from "./rules.ts";
import { runTool, tryTool } from "./run-tool.ts";

/**
 * The bridge and the table of rules, which all servers of one computer share. Each leaves its mark
 * while it uses them; who is the last takes them away, if no machine is left.
 */
export class SharedBridge {
  readonly #folder: string;
  readonly #subnet: string;
  readonly #user: string;

  constructor(options: {
    readonly folder: string;
    readonly subnet: string;
    readonly mark: string;
  }) {
    this.#folder = options.folder;
    this.#subnet = options.subnet;
    this.#user = `${process.pid}-${options.mark}`;
  }

  async join(): Promise<void> {
    mkdirSync(this.#users, { recursive: true, mode: 0o700 });
    await withHostLock(this.#lock, async () => {
      writeFileSync(join(this.#users, this.#user), "");
      await makeBridge(this.#subnet);
    });
  }

  async leave(options: { hasMachines(): boolean }): Promise<void> {
    await withHostLock(this.#lock, async () => {
      rmSync(join(this.#users, this.#user), { force: true });
      if (this.#others().length > 0 || options.hasMachines()) return;
      await tryTool({ program: "nft", words: ["delete", "table", "inet", tableName] });
      await tryTool({ program: "ip", words: ["link", "delete", bridgeName] });
    });
  }

  #others(): readonly string[] {
    const all = readdirSync(this.#users);
    const gone = all.filter((each) => !isAlive(Number(each.split("-")[0])));
    for (const each of gone) rmSync(join(this.#users, each), { force: true });
    return all.filter((each) => !gone.includes(each));
  }

  get #users(): string {
    return join(this.#folder, "bridge-users");
  }

  get #lock(): string {
    return join(this.#folder, "bridge-lock");
  }
}

async function makeBridge(subnet: string): Promise<void> {
  if (existsSync(`/sys/class/net/${bridgeName}`)) {
    const words = ["link", "set", bridgeName, "address", bridgeHardwareAddress];
    await runTool({ program: "ip", words });
  } else {
    const input = [
      `link add ${bridgeName} address ${bridgeHardwareAddress} type bridge`,
      `address add ${gatewayOf(subnet)}/16 dev ${bridgeName}`,
      `link set ${bridgeName} up`,
      "",
    ].join("\n");
    await runTool({ program: "ip", words: ["-batch", "-"], input });
  }
  await runTool({ program: "nft", words: ["-f", "-"], input: baseRules(subnet) });
  const settings = [
    "echo 1 > /proc/sys/net/ipv4/ip_forward",
    `echo 1 > /proc/sys/net/ipv6/conf/${bridgeName}/disable_ipv6`,
  ].join("; ");
  await runTool({ program: "sh", words: ["-c", settings] });
}
