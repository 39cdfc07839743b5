export { stateMigrations } from "./migrations.ts";
export { type OpenPostgresStateOptions, openPostgresState, provider } from "./provider.ts";
