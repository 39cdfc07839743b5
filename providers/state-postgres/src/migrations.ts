import type { PostgresMigrations } from "@bedplate/postgres";

/** The tables. A step that was published never changes; a new one is added behind it. */
export const stateMigrations: PostgresMigrations = {
  component: "state",
  steps: [
    {
      name: "state-tables",
      up: `
        -- Locked by whoever commits, so that revisions become visible in their order, without gaps.
        CREATE TABLE state_namespaces (
          id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          name text COLLATE "C" NOT NULL UNIQUE,
          head bigint NOT NULL DEFAULT 0,
          oldest bigint NOT NULL DEFAULT 0
        ) WITH (fillfactor = 20);
        -- "crc" is the CRC-32 of key and value; "position" says which change of its commit wrote it.
        CREATE TABLE state_entries (
          namespace bigint NOT NULL,
          key bytea NOT NULL,
          value bytea NOT NULL,
          revision bigint NOT NULL,
          position integer NOT NULL,
          expires bigint,
          crc bigint NOT NULL,
          PRIMARY KEY (namespace, key)
        ) WITH (fillfactor = 80);
        CREATE INDEX state_entries_expires ON state_entries (namespace, expires)
          WHERE expires IS NOT NULL;
        -- One row per changed key, with what it replaced; a key that ended has no value.
        CREATE TABLE state_changes (
          namespace bigint NOT NULL,
          revision bigint NOT NULL,
          position integer NOT NULL,
          key bytea NOT NULL,
          cause text COLLATE "C" NOT NULL,
          value bytea,
          expires bigint,
          crc bigint,
          old_value bytea,
          old_revision bigint,
          old_position integer,
          old_expires bigint,
          old_crc bigint,
          PRIMARY KEY (namespace, revision, position)
        );
        CREATE TABLE state_fences (
          namespace bigint NOT NULL,
          name text COLLATE "C" NOT NULL,
          epoch bigint NOT NULL,
          PRIMARY KEY (namespace, name)
        );
        CREATE TABLE state_remembered (
          namespace bigint NOT NULL,
          key text COLLATE "C" NOT NULL,
          digest text COLLATE "C" NOT NULL,
          revision bigint NOT NULL,
          versions text NOT NULL,
          until bigint NOT NULL,
          PRIMARY KEY (namespace, key)
        );
        CREATE INDEX state_remembered_until ON state_remembered (until);
      `,
      down: `DROP TABLE state_remembered, state_fences, state_changes, state_entries, state_namespaces`,
    },
  ],
};
