import { DocumentTable } from "@bedplate/state";
import { type Binding, bindingSchema } from "./binding.ts";
import { type Policy, policySchema } from "./policy.ts";
import { type RegistryEvent, registryEventSchema } from "./registry-event.ts";
import { type ReleaseRecord, releaseRecordSchema } from "./release.ts";

export const releaseTable: DocumentTable<ReleaseRecord> = new DocumentTable({
  name: "release",
  schema: releaseRecordSchema,
});
export const bindingTable: DocumentTable<Binding> = new DocumentTable({
  name: "slot",
  schema: bindingSchema,
});
export const policyTable: DocumentTable<Policy> = new DocumentTable({
  name: "policy",
  schema: policySchema,
});
export const eventTable: DocumentTable<RegistryEvent> = new DocumentTable({
  name: "event",
  schema: registryEventSchema,
});
