import { randomUUID } from "node:crypto";
import { Pool } from "pg";

/** One row by one prepared statement into a table with one index: the least that is durable. */
export interface Floor extends AsyncDisposable {
  insert(text: string): Promise<unknown>;
}

/** What no queue on PostgreSQL can undercut: neither order, nor leases, nor attempts. */
export async function openFloor(url: string): Promise<Floor> {
  const pool = new Pool({ connectionString: url, max: 10 });
  await pool.query("CREATE TABLE floor (id text PRIMARY KEY, body bytea NOT NULL)");
  const text = "INSERT INTO floor (id, body) VALUES ($1, $2)";
  return {
    insert: (body) =>
      pool.query({ name: "floor", text, values: [randomUUID(), Buffer.from(body)] }),
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
