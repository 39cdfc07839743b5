import {
  type Clock,
  newId,
  type Random,
  systemClock,
  systemRandom,
  untilAborted,
} from "@bedplate/clock";
import { recordSeconds, withSpan } from "@bedplate/telemetry";
import { type BlobAttributes, checkAttributes } from "./blob-attributes.ts";
import type { BlobCondition, BlobDriver, BlobHead, BlobInfo, BlobVersion } from "./blob-driver.ts";
import { closedFault, conditionFault } from "./blob-faults.ts";
import { type BlobBody, type BlobExpectation, IncomingBody } from "./incoming-body.ts";

/** Every method takes it; abort means that the caller stops waiting. */
export interface Waiting {
  readonly signal?: AbortSignal | undefined;
}

/** How to store a blob. */
export interface PutOptions extends Waiting, BlobAttributes {
  /** Decided when the body has arrived; refuses with `resource.exists` or `version.mismatch`. */
  readonly condition?: BlobCondition | undefined;
  /** Refuses to store anything else. */
  readonly expect?: BlobExpectation | undefined;
}

/** A body on its way to a driver. */
export interface BlobWrite extends PutOptions {
  readonly op: string;
  readonly key: string;
  readonly version?: BlobVersion | undefined;
  readonly bytesMin?: number | undefined;
  readonly bytesMax: number;
}

/** A driver and what every operation on it shares: time, chance, traces, signals, and its end. */
export class BlobAccess {
  readonly driver: BlobDriver;
  readonly clock: Clock;
  readonly random: Random;
  #isClosed = false;

  constructor(
    driver: BlobDriver,
    parts: { readonly clock?: Clock | undefined; readonly random?: Random | undefined },
  ) {
    this.driver = driver;
    this.clock = parts.clock ?? systemClock;
    this.random = parts.random ?? systemRandom;
  }

  /** Runs one operation of a caller. */
  async operate<T>(
    verb: string,
    { signal }: Waiting,
    work: (driver: BlobDriver) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw closedFault(`blob.${verb}`);
    const startedMs = this.clock.monotonic();
    try {
      return await withSpan(`blob.${verb}`, {}, () => untilAborted(work(this.driver), signal));
    } finally {
      const seconds = (this.clock.monotonic() - startedMs) / 1000;
      recordSeconds(`bedplate_blob_${verb}_seconds`, seconds, {});
    }
  }

  /** What a new version of a blob begins with. */
  newHead(
    key: string,
    attributes: BlobAttributes,
    { op, version }: { readonly op: string; readonly version?: BlobVersion | undefined },
  ): BlobHead {
    const createdAt = this.clock.now();
    return {
      key,
      version: version ?? newId("v", createdAt, this.random),
      createdAt,
      ...checkAttributes(attributes, { op, limits: this.driver.limits }),
    };
  }

  /** Stores a body, or throws why not. */
  async write(body: BlobBody, { op, key, condition, ...options }: BlobWrite): Promise<BlobInfo> {
    const head = this.newHead(key, options, { op, version: options.version });
    const { expect = {}, bytesMin = 0, bytesMax, signal } = options;
    const incoming = new IncomingBody(body, { op, expect, bytesMin, bytesMax, signal });
    const answer = await this.driver.put(head, incoming, condition);
    if ("found" in answer) throw refusedFault(op, key, { condition, found: answer.found });
    return answer;
  }

  /** Refuses what comes, and closes the driver once. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.driver[Symbol.asyncDispose]();
  }
}

/** Why a driver stored nothing. */
export function refusedFault(
  op: string,
  key: string,
  refused: { readonly condition: BlobCondition | undefined; readonly found: BlobVersion | null },
): Error {
  return conditionFault(op, key, {
    condition: refused.condition ?? "absent",
    found: refused.found,
  });
}
