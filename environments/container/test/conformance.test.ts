import { describeConformance } from "@bedplate/environment/conformance/vitest";
import { readHostFacts } from "@bedplate/environment-container";
import { subject } from "@bedplate/environment-container/conformance";
import { describeOnHost } from "./describe-on-host.ts";

const { missing } = await readHostFacts();

// One position: a case makes real machines, and the other two are `env conform container`.
describeOnHost("a container's host", missing, () =>
  describeConformance("container", subject, { positions: ["in-process"] }),
);
