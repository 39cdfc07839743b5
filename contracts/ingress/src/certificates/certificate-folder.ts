import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { raise } from "@bedplate/errors";
import type { Log } from "@bedplate/telemetry";
import type { RouteSpec } from "../route-spec.ts";
import { type CertificatePem, certificateBytesMax, readCertificate } from "./certificate-pem.ts";

/** Where certificates lie, and who takes them. */
export interface CertificateFolderOptions {
  /** Has a file `<name>.pem` per certificate: its chain and its key. */
  readonly folder: string;
  /**
   * Takes a certificate that is new, or in the place of the one of this name; throws where the data
   * plane cannot use it, and keeps what it had.
   */
  readonly onCertificate: (certificate: CertificatePem) => void | Promise<void>;
  readonly log: Log;
  /** How often it looks. Default: 250. */
  readonly checkMs?: number | undefined;
}

/** Certificates that a folder may have. */
const certificatesMax = 1_000;
const filePattern = /^([a-z0-9][a-z0-9._-]{0,123})\.pem$/;
const checkMsDefault = 250;

/**
 * Certificates from a folder that somebody else writes. A file that cannot be used leaves the one
 * before it in use, and is logged once; a file that goes leaves it in use too, but no new route can
 * name it.
 */
export class CertificateFolder implements AsyncDisposable {
  readonly #options: CertificateFolderOptions;
  /** What each file was when it was last read, by certificate. */
  readonly #seen = new Map<string, string>();
  readonly #taken = new Set<string>();
  #looking: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(options: CertificateFolderOptions) {
    this.#options = options;
  }

  /** Takes what is there, and goes on looking. */
  static async open(options: CertificateFolderOptions): Promise<CertificateFolder> {
    const folder = new CertificateFolder(options);
    try {
      await folder.#look();
    } catch (cause) {
      throw raise("provider.unavailable", {
        op: "ingress.open",
        detail: { provider: "ingress" },
        message: `Cannot read the certificates of ${options.folder}: ${reasonOf(cause)}`,
        cause,
      });
    }
    folder.#lookLater();
    return folder;
  }

  /** Whether a route can name the certificate; looks anew before it says no. */
  async has(name: string): Promise<boolean> {
    if (this.#taken.has(name)) return true;
    await this.#inTurn(() => this.#look()).catch(() => {});
    return this.#taken.has(name);
  }

  /** Logs which routes name a certificate that is not there: after a restart nobody asks for them. */
  warnOfMissing(routes: readonly RouteSpec[]): void {
    for (const { name, tls } of routes) {
      if (tls === undefined || this.#taken.has(tls.certificate)) continue;
      const { certificate } = tls;
      this.#options.log.warn("certificate of a route is missing", { route: name, certificate });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #lookLater(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#inTurn(() => this.#look())
        .catch((error: unknown) => {
          const { folder, log } = this.#options;
          log.warn("certificates cannot be read", { folder, reason: reasonOf(error) });
        })
        .finally(() => this.#lookLater());
    }, this.#options.checkMs ?? checkMsDefault);
    this.#timer.unref();
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#looking.then(work);
    this.#looking = done.catch(() => {});
    return done;
  }

  async #look(): Promise<void> {
    const files = (await readdir(this.#options.folder)).filter((file) => filePattern.test(file));
    if (files.length > certificatesMax) throw new Error(`it has more than ${certificatesMax}`);
    const names = files.map((file) => file.slice(0, -".pem".length));
    for (const name of names) await this.#lookAt(name);
    for (const name of this.#seen.keys()) if (!names.includes(name)) this.#forget(name);
  }

  #forget(name: string): void {
    this.#seen.delete(name);
    this.#taken.delete(name);
  }

  async #lookAt(name: string): Promise<void> {
    const { folder, log, onCertificate } = this.#options;
    const path = join(folder, `${name}.pem`);
    // Taken before the file is read: what is written meanwhile is read at the next look.
    const stamp = await stampOf(path);
    if (this.#isClosed || this.#seen.get(name) === stamp) return;
    this.#seen.set(name, stamp);
    try {
      const text = await readFile(path, "utf8");
      if (text.length > certificateBytesMax) throw new Error("it is too long");
      await onCertificate(readCertificate(name, text));
      this.#taken.add(name);
      log.info("certificate taken", { certificate: name });
    } catch (error) {
      log.warn("certificate refused", { certificate: name, reason: reasonOf(error) });
    }
  }
}

async function stampOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(path);
    return `${ino}/${size}/${mtimeMs}/${ctimeMs}`;
  } catch {
    return "gone";
  }
}

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === "string" ? code : (error as Error).message;
}
