import type { DatabaseOptions } from "@bedplate/sqlite";

/** The file format. A migration that was published never changes; a new one is added behind it. */
export const stateDatabase: DatabaseOptions = {
  // "BPst" in ASCII.
  applicationId: 0x42507374,
  migrations: [
    `
    CREATE TABLE namespace (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      head INTEGER NOT NULL,
      oldest INTEGER NOT NULL
    ) STRICT;
    -- "crc" is the CRC-32 of key and value: the file itself has no checksums.
    CREATE TABLE entry (
      namespace INTEGER NOT NULL,
      key BLOB NOT NULL,
      value BLOB NOT NULL,
      revision INTEGER NOT NULL,
      crc INTEGER NOT NULL,
      PRIMARY KEY (namespace, key)
    ) STRICT;
    -- One row per changed key; a deleted key has no value.
    CREATE TABLE change (
      namespace INTEGER NOT NULL,
      revision INTEGER NOT NULL,
      position INTEGER NOT NULL,
      key BLOB NOT NULL,
      value BLOB,
      crc INTEGER,
      PRIMARY KEY (namespace, revision, position)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE fence (
      namespace INTEGER NOT NULL,
      name TEXT NOT NULL,
      epoch INTEGER NOT NULL,
      PRIMARY KEY (namespace, name)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE remembered (
      namespace INTEGER NOT NULL,
      key TEXT NOT NULL,
      digest TEXT NOT NULL,
      revision INTEGER NOT NULL,
      versions TEXT NOT NULL,
      until INTEGER NOT NULL,
      PRIMARY KEY (namespace, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX remembered_until ON remembered (until);
    `,
  ],
};
