import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeRecord, encodeBody } from "../src/record.ts";

const version = "0123456789abcdef";

/** What the engine's script puts around a body. */
function recordOf(body: Buffer, tags: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(tags));
  const check = createHash("sha1").update(length).update(tags).digest("hex").slice(0, 8);
  return Buffer.concat([Buffer.from("b1"), length, Buffer.from(check), Buffer.from(tags), body]);
}

const facts = fc.record({
  subject: fc.string({ minLength: 1, unit: "binary" }).filter((text) => text.isWellFormed()),
  value: fc.option(fc.uint8Array({ maxLength: 64 })),
  ttlMs: fc.integer({ min: 1, max: 2 ** 40 }),
  staleMs: fc.integer({ min: 0, max: 2 ** 40 }),
  tags: fc.constantFrom("", '[["t","generation"]]'),
});

test("a record gives back what was written, its age and whether it is stale", () => {
  const property = fc.property(facts, fc.nat(), ({ subject, tags, ...entry }, passed) => {
    const keptMs = entry.ttlMs + entry.staleMs;
    const ageMs = passed % keptMs;
    const record = recordOf(encodeBody({ ...entry, subject, version }), tags);
    expect(decodeRecord(record, { subject, leftMs: keptMs - ageMs })).toEqual({
      value: entry.value,
      version,
      ageMs,
      isStale: ageMs >= entry.ttlMs,
    });
  });
  fc.assert(property);
});

test("a record with any changed bit, cut short, lengthened or under another key is corrupt", () => {
  const property = fc.property(facts, fc.nat(), fc.nat({ max: 7 }), (fact, place, bit) => {
    const { subject, tags, ...entry } = fact;
    const record = recordOf(encodeBody({ ...entry, subject, version }), tags);
    const where = { subject, leftMs: 1 };
    const changed = Buffer.from(record);
    const at = place % record.length;
    changed[at] = (changed[at] ?? 0) ^ (1 << bit);
    expect(decodeRecord(changed, where)).toBe("corrupt");
    expect(decodeRecord(record.subarray(0, at), where)).toBe("corrupt");
    expect(decodeRecord(Buffer.concat([record, Buffer.of(0)]), where)).toBe("corrupt");
    expect(decodeRecord(record, { ...where, subject: `${subject}x` })).toBe("corrupt");
  });
  fc.assert(property);
});
