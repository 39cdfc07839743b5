import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { type CertificatePem, type HostTls, type TableRoute, TlsHosts } from "@bedplate/ingress";
import { files } from "./config.ts";
import { MirroredMap } from "./mirrored-map.ts";
import { replaceFile } from "./replace-file.ts";
import type { RuntimeSocket } from "./runtime-socket.ts";

/** Hosts that may have TLS: each has a context of its own in the engine. */
export const tlsHostsMax = 4_000;

/** An entry of the engine's list of certificates. */
interface Entry {
  readonly text: string;
  readonly host: string;
  /** How the engine names it when it is to be deleted. */
  readonly place: string;
}

/** Certificates and the hosts that they are for, here and in the engine. */
export class TlsTable {
  readonly hosts: TlsHosts = new TlsHosts();
  readonly #folder: string;
  readonly #list: string;
  readonly #names: MirroredMap;
  readonly #named = new Set<string>();
  readonly #certificates = new Map<string, CertificatePem>();
  /** The entries that the engine was last brought to; undefined when another one started since. */
  #followed: string | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.#list = join(folder, files.certificateList);
    this.#names = new MirroredMap(join(folder, files.hosts));
  }

  /** Takes a certificate; one that the engine would not start with is refused here. */
  keep(certificate: CertificatePem): void {
    try {
      const { chain: cert, key } = certificate;
      createSecureContext({ cert, key, ciphers: "DEFAULT:@SECLEVEL=2" });
    } catch (cause) {
      throw new Error("no handshake can use it", { cause });
    }
    this.#certificates.set(certificate.name, certificate);
  }

  /** Routes that begin and end, as handshakes see them. */
  change(begins: readonly TableRoute[], ends: readonly TableRoute[]): readonly string[] {
    for (const route of ends) this.hosts.delete(route);
    for (const route of begins) this.hosts.add(route);
    const wanted = new Map([...this.hosts.all()].map(([host, tls]) => [host, tls.certificate]));
    const set = [...wanted].flatMap(([host, certificate]) => this.#names.set(host, certificate));
    const gone = [...this.#named].filter((host) => !wanted.has(host));
    for (const host of wanted.keys()) this.#named.add(host);
    for (const host of gone) this.#named.delete(host);
    return [...set, ...gone.flatMap((host) => this.#names.delete(host))];
  }

  /** Whether there is room for one more host. */
  hasRoomFor(host: string): boolean {
    return this.#named.has(host) || this.#named.size < tlsHostsMax;
  }

  /** Gives the engine a certificate in the place of the one of this name, if it has that. */
  async rotate(socket: RuntimeSocket, certificate: CertificatePem): Promise<void> {
    const known = await knownCertificates(socket);
    if (known.has(this.#pathOf(certificate.name))) await this.#load(socket, certificate);
  }

  /**
   * Brings the engine's list to what is wanted. What is gone leaves only at the end of a change, when
   * no route leads there any more.
   */
  async follow(socket: RuntimeSocket, { isEnd }: { readonly isEnd: boolean }): Promise<void> {
    const wanted = new Map(this.#entries());
    // Most changes of routes change no handshake.
    const all = [...wanted.values()].map(({ text }) => text).join("\n");
    if (all === this.#followed) return;
    const present = entriesOf(await socket.ask([`show ssl crt-list -n ${this.#list}`]));
    const texts = new Set(present.map(({ text }) => text));
    const missing = [...wanted].filter(([, { text }]) => !texts.has(text));
    const known = missing.length === 0 ? new Set<string>() : await knownCertificates(socket);
    for (const [, { text, certificate }] of missing) {
      const path = this.#pathOf(certificate.name);
      if (!known.has(path)) {
        await expectDone(socket.send(`new ssl cert ${path}\n`), /New empty/);
        await this.#load(socket, certificate);
        known.add(path);
      }
      await expectDone(socket.send(`add ssl crt-list ${this.#list} <<\n${text}\n\n`), /Success/);
    }
    for (const { text, host, place } of present) {
      const now = wanted.get(host);
      if (now === undefined ? !isEnd : now.text === text) continue;
      await expectDone(
        socket.send(`del ssl crt-list ${this.#list} ${place}\n`),
        /Success|deleted/i,
      );
    }
    if (isEnd) this.#followed = all;
  }

  /** Writes what an engine reads when it starts. */
  async write(): Promise<void> {
    this.#followed = undefined;
    const folder = join(this.#folder, files.certificates);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const { name, key, chain } of this.#certificates.values()) {
      await replaceFile(this.#pathOf(name), `${key}${chain}`);
    }
    for (const file of await readdir(folder)) {
      if (!this.#certificates.has(file.replace(/\.pem$/, ""))) await rm(join(folder, file));
    }
    const lines = [...this.#entries()].map(([, { text }]) => `${text}\n`);
    await replaceFile(this.#list, lines.join(""));
    await replaceFile(join(this.#folder, files.hosts), this.#names.text());
  }

  /** A host whose certificate is not there (it was taken away between two starts) has no entry. */
  *#entries() {
    for (const [host, tls] of this.hosts.all()) {
      const certificate = this.#certificates.get(tls.certificate);
      if (certificate === undefined) continue;
      const text = `${this.#pathOf(certificate.name)}${optionsOf(tls)} ${host}`;
      yield [host, { text, certificate }] as const;
    }
  }

  #pathOf(name: string): string {
    return join(this.#folder, files.certificates, `${name}.pem`);
  }

  async #load(socket: RuntimeSocket, { name, key, chain }: CertificatePem): Promise<void> {
    const path = this.#pathOf(name);
    const set = `set ssl cert ${path} <<\n${key}${chain}\n`;
    // What it says is not repeated: it could quote what it was sent, and that has a key.
    const said = await socket.send(set);
    if (!/Transaction (created|updated)/.test(said)) throw new Error("it takes no certificate");
    await expectDone(socket.send(`commit ssl cert ${path}\n`), /Success/);
  }
}

function optionsOf({ versionMin }: HostTls): string {
  return versionMin === "1.3" ? " [ssl-min-ver TLSv1.3]" : "";
}

function entriesOf(shown: string): readonly Entry[] {
  return shown.split("\n").flatMap((line) => {
    const [, path, number, options = "", host = ""] =
      /^(\/\S+):(\d+)( \[[^\]]*\])? (\S+)\s*$/.exec(line) ?? [];
    if (path === undefined) return [];
    return [{ text: `${path}${options} ${host}`, host, place: `${path}:${number}` }];
  });
}

async function knownCertificates(socket: RuntimeSocket): Promise<Set<string>> {
  return new Set((await socket.ask(["show ssl cert"])).split("\n"));
}

/** What the engine answers is told as far as it says why. */
async function expectDone(answered: Promise<string>, done: RegExp): Promise<void> {
  const text = (await answered).trim();
  if (!done.test(text)) throw new Error(`the engine answered: ${text.slice(0, 200)}`);
}
