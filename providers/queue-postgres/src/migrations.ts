import type { PostgresMigrations } from "@bedplate/postgres";

/** The tables. A step that was published never changes; a new one is added behind it. */
export const queueMigrations: PostgresMigrations = {
  component: "queue",
  steps: [
    {
      name: "jobs",
      up: `
      -- "rank" is when a job would have been ready with priority 0: a level of priority is worth a
      -- fixed time of waiting, so the order of two jobs never changes and an index can hold it.
      -- "blocked" is the state of a job that waits for its turn in its group. "turn_check" asks the next
      -- sweep to look who of the group may go: whatever happens to a group leaves this mark in the
      -- same statement, so no turn is lost when a process dies.
      CREATE SEQUENCE job_sequence AS bigint;
      CREATE TABLE job (
        queue text COLLATE "C" NOT NULL,
        id text COLLATE "C" NOT NULL,
        sequence bigint NOT NULL DEFAULT nextval('job_sequence'),
        state text COLLATE "C" NOT NULL,
        body bytea NOT NULL,
        priority smallint NOT NULL,
        rank bigint NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        attempts_max integer NOT NULL,
        enqueued_at bigint NOT NULL,
        ready_at bigint NOT NULL,
        expires_at bigint,
        group_name text COLLATE "C",
        turn_check boolean NOT NULL DEFAULT false,
        token text COLLATE "C",
        worker text COLLATE "C",
        leased_at bigint,
        until bigint,
        failures jsonb NOT NULL DEFAULT '[]',
        last_reason text,
        settled_at bigint,
        forget_at bigint,
        PRIMARY KEY (queue, id)
      ) WITH (
        -- Every lease and settle leaves dead rows at the front of an index; they are cleared away early.
        -- Not in haste: clearing away without pauses takes the disk from those who work.
        autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000
      );
      ALTER SEQUENCE job_sequence OWNED BY job.sequence;
      CREATE INDEX job_ready ON job (queue, rank, sequence) WHERE state = 'ready';
      CREATE INDEX job_delayed ON job (queue, ready_at) WHERE state = 'delayed';
      CREATE INDEX job_leased ON job (queue, until) WHERE state = 'leased';
      CREATE INDEX job_dead ON job (queue, id) WHERE state = 'dead';
      CREATE INDEX job_blocked ON job (queue, group_name, sequence) WHERE state = 'blocked';
      CREATE UNIQUE INDEX job_turn ON job (queue, group_name)
        WHERE group_name IS NOT NULL AND state IN ('ready', 'delayed', 'leased');
      CREATE INDEX job_turn_check ON job (queue) WHERE turn_check;
      CREATE INDEX job_expiring ON job (queue, expires_at)
        WHERE expires_at IS NOT NULL AND state IN ('ready', 'delayed', 'blocked');
      CREATE INDEX job_forget ON job (forget_at) WHERE forget_at IS NOT NULL;
      CREATE TABLE job_key (
        queue text COLLATE "C" NOT NULL,
        key text COLLATE "C" NOT NULL,
        id text COLLATE "C" NOT NULL,
        until bigint NOT NULL,
        PRIMARY KEY (queue, key)
      );
      CREATE INDEX job_key_until ON job_key (until);
      `,
      down: "DROP TABLE job; DROP TABLE job_key;",
    },
  ],
};
