/** A guest's memory, whatever it is made of; offsets and lengths in bytes. */
export interface GuestMemory {
  readonly bytes: number;
  /** Granularity of dirty tracking. */
  readonly pageBytes: number;
  /** Copies out. Throws `argument.invalid` outside the memory. */
  read(offset: number, length: number): Uint8Array;
  write(offset: number, data: Uint8Array): void;
  /** Remembers the present contents; `restore` puts them back, writing changed pages only where it can. */
  capture(): MemoryImage;
  /** Numbers of the pages written since the last call; undefined where writes are not tracked. */
  takeDirtyPages(): readonly number[] | undefined;
}

/** Contents of a memory at one moment. */
export interface MemoryImage {
  readonly bytes: number;
  restore(): void;
}
