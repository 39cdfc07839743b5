import type { ConformanceSubject } from "@bedplate/environment/conformance";
import { subject as container } from "@bedplate/environment-container/conformance";

/** Containers on runc, where crun is the default: `env conform --module` with this file. */
export const subject: ConformanceSubject = {
  ...container,
  config: { ...container.config, runtime: "runc" },
};
