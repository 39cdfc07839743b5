/** A file of the model; two paths with the same object are hard links. */
export interface ModelFile {
  bytes: number[];
}

/**
 * A file system as one map from paths to files or "directory": slow, small and obviously right.
 * Methods say whether the operation is allowed, and do it if so. Paths have neither dots nor links.
 */
export class FlatModel {
  readonly entries: Map<string, ModelFile | "directory"> = new Map();

  write(path: string, bytes: readonly number[], offset: number | "end"): boolean {
    const found = this.entries.get(path);
    if (found === "directory" || !this.#hasParent(path)) return false;
    const file = found ?? { bytes: [] };
    this.entries.set(path, file);
    const start = offset === "end" ? file.bytes.length : offset;
    while (bytes.length > 0 && file.bytes.length < start) file.bytes.push(0);
    for (const [index, byte] of bytes.entries()) file.bytes[start + index] = byte;
    return true;
  }

  resize(path: string, size: number): boolean {
    const file = this.entries.get(path);
    if (file === undefined || file === "directory") return false;
    file.bytes = Array.from({ length: size }, (_, index) => file.bytes[index] ?? 0);
    return true;
  }

  makeDirectory(path: string): boolean {
    if (this.entries.has(path) || !this.#hasParent(path)) return false;
    this.entries.set(path, "directory");
    return true;
  }

  unlink(path: string): boolean {
    const found = this.entries.get(path);
    return found !== undefined && found !== "directory" && this.entries.delete(path);
  }

  removeDirectory(path: string): boolean {
    if (this.entries.get(path) !== "directory" || this.#below(path).length > 0) return false;
    return this.entries.delete(path);
  }

  link(from: string, to: string): boolean {
    const file = this.entries.get(from);
    if (file === undefined || file === "directory") return false;
    if (this.entries.has(to) || !this.#hasParent(to)) return false;
    this.entries.set(to, file);
    return true;
  }

  rename(from: string, to: string): boolean {
    const moved = this.entries.get(from);
    const replaced = this.entries.get(to);
    if (moved === undefined || !this.#hasParent(to)) return false;
    if (to.startsWith(`${from}/`)) return false;
    if (moved === replaced && moved !== "directory") return true;
    if (from === to) return true;
    if (replaced !== undefined) {
      if ((moved === "directory") !== (replaced === "directory")) return false;
      if (replaced === "directory" && this.#below(to).length > 0) return false;
    }
    const below = this.#below(from);
    this.entries.delete(from);
    this.entries.set(to, moved);
    for (const path of below) {
      const entry = this.entries.get(path);
      this.entries.delete(path);
      if (entry !== undefined) this.entries.set(to + path.slice(from.length), entry);
    }
    return true;
  }

  /** Everything there is, for comparing. */
  tree(): Record<string, readonly number[] | "directory"> {
    const sorted = [...this.entries].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      sorted.map(([path, entry]) => [path, entry === "directory" ? entry : [...entry.bytes]]),
    );
  }

  #hasParent(path: string): boolean {
    const slash = path.lastIndexOf("/");
    return slash < 0 || this.entries.get(path.slice(0, slash)) === "directory";
  }

  #below(path: string): string[] {
    return [...this.entries.keys()].filter((each) => each.startsWith(`${path}/`));
  }
}
