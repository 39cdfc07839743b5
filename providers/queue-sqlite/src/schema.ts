import type { DatabaseOptions } from "@bedplate/sqlite";

/** The file format. A migration that was published never changes; a new one is added behind it. */
export const queueDatabase: DatabaseOptions = {
  // "BPqu" in ASCII.
  applicationId: 0x42507175,
  migrations: [
    `
    -- "rank" is when a job would have been ready with priority 0: a level of priority is worth a
    -- fixed time of waiting, so the order of two jobs never changes and an index can hold it.
    CREATE TABLE job (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      queue TEXT NOT NULL,
      id TEXT NOT NULL,
      state TEXT NOT NULL,
      body BLOB NOT NULL,
      priority INTEGER NOT NULL,
      rank INTEGER NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      attempts_max INTEGER NOT NULL,
      enqueued_at INTEGER NOT NULL,
      ready_at INTEGER NOT NULL,
      token TEXT,
      worker TEXT,
      until INTEGER,
      last_reason TEXT,
      settled_at INTEGER,
      forget_at INTEGER,
      UNIQUE (queue, id)
    ) STRICT;
    CREATE INDEX job_ready ON job (queue, rank, sequence, ready_at) WHERE state = 'ready';
    CREATE INDEX job_delayed ON job (queue, ready_at) WHERE state = 'delayed';
    CREATE INDEX job_leased ON job (queue, until) WHERE state = 'leased';
    CREATE INDEX job_dead ON job (queue, id) WHERE state = 'dead';
    CREATE INDEX job_forget ON job (queue, forget_at) WHERE forget_at IS NOT NULL;
    `,
    `
    -- Groups, keys, expiry, and the history of attempts. "blocked" is the state of a job that waits
    -- behind another of its group. "failures" holds the attempts that ended without success, as JSON;
    -- those that began before this version have no "leased_at" and are left out.
    ALTER TABLE job ADD COLUMN group_name TEXT;
    ALTER TABLE job ADD COLUMN expires_at INTEGER;
    ALTER TABLE job ADD COLUMN leased_at INTEGER;
    ALTER TABLE job ADD COLUMN failures TEXT NOT NULL DEFAULT '[]';
    CREATE UNIQUE INDEX job_turn ON job (queue, group_name)
      WHERE group_name IS NOT NULL AND state IN ('ready', 'delayed', 'leased');
    CREATE INDEX job_blocked ON job (queue, group_name, sequence) WHERE state = 'blocked';
    CREATE INDEX job_expiring ON job (queue, expires_at)
      WHERE expires_at IS NOT NULL AND state IN ('ready', 'delayed', 'blocked');
    CREATE TABLE dedupe (
      queue TEXT NOT NULL,
      key TEXT NOT NULL,
      id TEXT NOT NULL,
      until INTEGER NOT NULL,
      PRIMARY KEY (queue, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX dedupe_until ON dedupe (queue, until);
    `,
  ],
};
