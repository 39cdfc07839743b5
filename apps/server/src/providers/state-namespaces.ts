/** Where the server keeps what belongs to its data: what a copy brings along. */
export const stateNamespaces: readonly string[] = [
  ...["server", "access", "registry", "runs", "ledgers"],
  ...["machines", "templates", "webhooks", "e2b"],
];

/** What is of one state alone, and is not copied: its replicas, its history, and what a copy noted. */
export const ownNamespaces: readonly string[] = ["replicas", "history", "copy"];
