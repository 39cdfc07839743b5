import { decodeCbor, encodeCbor } from "@bedplate/codec";
import type { GuestEvent, StateWrite } from "@bedplate/environment";

/** Events as canonical bytes. */
export function encodeEvents(events: readonly GuestEvent[]): Uint8Array {
  return encodeCbor(events.map(({ topic, data }) => [topic, data]));
}

export function decodeEvents(bytes: Uint8Array): readonly GuestEvent[] {
  const rows = decodeCbor(bytes) as readonly (readonly [string, Uint8Array])[];
  return rows.map(([topic, data]) => ({ topic, data }));
}

/** Captured writes as canonical bytes. */
export function encodeWrites(writes: readonly StateWrite[]): Uint8Array {
  return encodeCbor(writes.map(({ key, value }) => [key, value]));
}

export function decodeWrites(bytes: Uint8Array): readonly StateWrite[] {
  const rows = decodeCbor(bytes) as readonly (readonly [Uint8Array, Uint8Array | null])[];
  return rows.map(([key, value]) => ({ key, value }));
}
