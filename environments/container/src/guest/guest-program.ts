import { agentProgram } from "@bedplate/guest-client";

/** The agent that runs as the first process of each machine. */
export const guestProgram: string = agentProgram();
