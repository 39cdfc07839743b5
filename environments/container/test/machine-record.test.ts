import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { knownRecord, readRecord, recordOrLeft } from "../src/machine/machine-record.ts";

it("tells a record that is not there from one that cannot be read or is not known", () => {
  const folder = mkdtempSync(join(tmpdir(), "bpc-record-"));
  try {
    const at = (name: string) => join(folder, name);
    expect(readRecord(at("none"))).toBeUndefined();
    expect(recordOrLeft(at("none"))).toEqual({ record: undefined });
    writeFileSync(at("newer"), JSON.stringify({ version: 2 }));
    expect(() => readRecord(at("newer"))).toThrow("is of version 2, and this build reads 1");
    expect(knownRecord(at("newer"))).toBeUndefined();
    expect(recordOrLeft(at("newer"))).toBeUndefined();
    // Reading a folder fails as reading with too many open files does.
    mkdirSync(at("unreadable"));
    expect(() => readRecord(at("unreadable"))).toThrow("EISDIR");
    expect(() => knownRecord(at("unreadable"))).toThrow("EISDIR");
    expect(recordOrLeft(at("unreadable"))).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
