export { type RunAgentOptions, runAgent } from "./run-agent.ts";
