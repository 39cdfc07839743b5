import { describeConformance } from "@bedplate/environment/conformance/vitest";
import { readHostFacts } from "@bedplate/environment-container";
import { subject } from "@bedplate/environment-container/conformance";

const { missing } = await readHostFacts();
if (missing.length === 0) describeConformance("container", subject);
