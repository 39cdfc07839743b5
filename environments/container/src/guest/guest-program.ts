/** The agent that runs as the first process of each machine. */
export const guestProgram: string = "/tmp/agent/bedplate-guest-x86_64";
