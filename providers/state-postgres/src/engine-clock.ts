/** The time in SQL: the parameter, or the engine's clock where it is null; one for a whole statement. */
export function nowOr(parameter: string): string {
  return `coalesce(${parameter}::bigint, (extract(epoch FROM statement_timestamp()) * 1000)::bigint)`;
}
