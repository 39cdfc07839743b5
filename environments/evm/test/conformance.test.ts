import { describeConformance } from "@bedplate/environment/conformance/vitest";
import { subject } from "@bedplate/environment-evm/conformance";
import { subject as reference } from "@bedplate/environment-evm/reference-conformance";

describeConformance("evm-compiled", subject);
describeConformance("evm-reference", reference, { positions: ["in-process"] });
