export type { Binding } from "./binding.ts";
export type { Bundle, Mount, OpenMount } from "./bundle.ts";
export { hookTimeoutMs } from "./hook.ts";
export type { EventPage, Journal } from "./journal.ts";
export type { DrainEnd, MountedRelease, ReleaseUse } from "./mounted-release.ts";
export { type ReleaseOrigin, releaseOriginSchema } from "./origin.ts";
export type { Policies } from "./policies.ts";
export { decide, defaultPolicy, type Grant, type Policy, policySchema } from "./policy.ts";
export { type Orphans, Registry, type RetireOptions } from "./registry.ts";
export type { RegistryAction, RegistryEvent } from "./registry-event.ts";
export type { RegistryModules, ReleaseName } from "./registry-modules.ts";
export {
  type RecordedPlugin,
  type ReleaseRecord,
  type ReleaseRef,
  releaseId,
  releaseRefSchema,
} from "./release.ts";
export { type Releases, releasesMax } from "./releases.ts";
export type { LiveSlot, Slots, SwapOptions } from "./slots.ts";
export { satisfies } from "./version-range.ts";
