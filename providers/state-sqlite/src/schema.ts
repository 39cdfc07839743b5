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
    `
    -- Which change of its commit wrote the entry, and when it ends by itself.
    ALTER TABLE entry ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE entry ADD COLUMN expires INTEGER;
    CREATE INDEX entry_expires ON entry (namespace, expires) WHERE expires IS NOT NULL;
    -- A change knows what it replaced, for reads of the past. Older changes do not: watchers begin anew.
    DELETE FROM change;
    UPDATE namespace SET oldest = head;
    ALTER TABLE change ADD COLUMN expires INTEGER;
    ALTER TABLE change ADD COLUMN cause TEXT NOT NULL DEFAULT 'put';
    ALTER TABLE change ADD COLUMN old_value BLOB;
    ALTER TABLE change ADD COLUMN old_revision INTEGER;
    ALTER TABLE change ADD COLUMN old_position INTEGER;
    ALTER TABLE change ADD COLUMN old_expires INTEGER;
    ALTER TABLE change ADD COLUMN old_crc INTEGER;
    `,
  ],
};
