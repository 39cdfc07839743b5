import { CallError } from "./error-number.ts";

/** Most files, folders, links and pipes at once. */
export const nodesMax = 65_536;

/**
 * What a file costs beside its bytes: a node and a map entry on this process's heap, rounded up.
 * Without it, empty files would be memory that nobody counts.
 */
export const nodeBytes = 512;

/** Counts the memory that files hold against the run's memory budget. */
export class Quota {
  /** Bytes held by files, beyond what the base state held. */
  bytes = 0;
  /** Most bytes since the run began. */
  peakBytes = 0;
  nodes = 0;
  /** Bytes that files may hold now; asked at each growth, because the heap shares the budget. */
  room: () => number = () => Number.POSITIVE_INFINITY;
  wasDenied = false;

  takeBytes(count: number): void {
    if (count > 0 && this.bytes + count > this.room()) {
      this.wasDenied = true;
      throw new CallError("ENOSPC");
    }
    this.bytes += count;
    this.peakBytes = Math.max(this.peakBytes, this.bytes);
  }

  freeBytes(count: number): void {
    this.bytes -= count;
  }

  takeNode(): void {
    if (this.nodes >= nodesMax) throw new CallError("ENOSPC");
    this.takeBytes(nodeBytes);
    this.nodes++;
  }

  freeNode(): void {
    this.nodes--;
    this.freeBytes(nodeBytes);
  }
}
