import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { raise } from "@bedplate/errors";

/**
 * A numbered place on a host: what one machine has there for itself. All hosts of one kernel share
 * the numbers, so two servers on one computer never use the same user ids or addresses.
 */
export interface Berth {
  readonly number: number;
  readonly folder: string;
}

/** Who holds a berth. */
export interface BerthHolder {
  readonly owner: string;
  readonly machine: string;
}

/** Most machines of one computer: as many ranges of ids as there are between systemd's and 2^31. */
export const berthsMax = 4096;

const holderFile = "holder.json";

/** Hands out berths; a folder made is a berth taken, so a crash leaves a name to find it by. */
export class Berths {
  readonly #folder: string;
  #next = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Takes a free berth. */
  claim(holder: BerthHolder): Berth {
    // Only the last one is closed: a folder above may hold machines, whose users pass through it.
    mkdirSync(dirname(this.#folder), { recursive: true, mode: 0o755 });
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    for (let tries = 0; tries < berthsMax; tries += 1) {
      const number = (this.#next + tries) % berthsMax;
      const folder = join(this.#folder, String(number));
      if (!this.#make(folder, holder)) continue;
      this.#next = number + 1;
      return { number, folder };
    }
    throw raise("quota.exceeded", {
      op: "environment.create",
      detail: { meter: "instances", limit: berthsMax, asked: berthsMax + 1 },
      message: `Cannot create the machine: all ${berthsMax} berths of this host are taken`,
    });
  }

  /** The berth with that number. */
  at(number: number): Berth {
    return { number, folder: join(this.#folder, String(number)) };
  }

  /** The berth goes back; it must be clean. */
  giveBack({ number, folder }: Berth): void {
    const gone = join(this.#folder, `gone-${process.pid}-${number}`);
    try {
      // In one step: a folder that is merely empty could be taken by another before it is removed.
      renameSync(folder, gone);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
      throw error;
    }
    rmSync(gone, { recursive: true, force: true });
  }

  /** Berths that an owner holds. One without a readable holder was being taken when a process died. */
  heldBy(owner: string): readonly (Berth & { readonly machine: string })[] {
    return this.#numbers().flatMap((number) => {
      const folder = join(this.#folder, String(number));
      const holder = readHolder(folder);
      return holder?.owner === owner ? [{ number, folder, machine: holder.machine }] : [];
    });
  }

  /** How many are free. */
  free(): number {
    return berthsMax - this.#numbers().length;
  }

  areAllFree(): boolean {
    return this.#numbers().length === 0;
  }

  #numbers(): readonly number[] {
    try {
      return readdirSync(this.#folder)
        .filter((each) => /^\d+$/.test(each))
        .map(Number);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }

  // The holder is written before the name exists: a berth always says whose it is.
  #make(folder: string, holder: BerthHolder): boolean {
    const draft = join(this.#folder, `draft-${process.pid}-${holder.machine}`);
    mkdirSync(draft, { recursive: true, mode: 0o700 });
    writeFileSync(join(draft, holderFile), JSON.stringify(holder), { mode: 0o600 });
    try {
      // Renaming onto a folder that has something in it fails.
      renameSync(draft, folder);
      return true;
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOTEMPTY" || code === "EEXIST") return false;
      throw error;
    }
  }
}

function readHolder(folder: string): BerthHolder | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, holderFile), "utf8"));
  } catch {
    return undefined;
  }
}
