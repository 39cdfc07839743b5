/** How much a guest may make the file system hold. Each bound has its error number for the guest. */
export interface WasiLimits {
  /** Files, directories and links together (`nospc`). */
  readonly inodesMax: number;
  /** One file (`fbig`). */
  readonly fileBytesMax: number;
  /** Everything the guest wrote, names and bookkeeping included (`nospc`). */
  readonly totalBytesMax: number;
  /** A path, and the target of a symbolic link (`nametoolong`). */
  readonly pathBytesMax: number;
  /** One name within a path (`nametoolong`). */
  readonly nameBytesMax: number;
  /** Open at the same time, standard streams included (`mfile`). */
  readonly descriptorsMax: number;
  /** Symbolic links followed for one path (`loop`). */
  readonly symlinksMax: number;
}

/** Bounds that ordinary programs do not meet. Path, name and link bounds are Linux's. */
export const defaultWasiLimits: WasiLimits = {
  inodesMax: 65_536,
  fileBytesMax: 64 * 1024 * 1024,
  totalBytesMax: 128 * 1024 * 1024,
  pathBytesMax: 4096,
  nameBytesMax: 255,
  descriptorsMax: 1024,
  symlinksMax: 40,
};
