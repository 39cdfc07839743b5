import { describeConformance } from "@bedplate/environment/conformance/vitest";
import { readHostFacts } from "@bedplate/environment-container";
import { subject } from "@bedplate/environment-container/conformance";

const { missing } = await readHostFacts();

// One position: a case makes real machines, and the other two are `env conform container`.
if (missing.length === 0) describeConformance("container", subject, { positions: ["in-process"] });
