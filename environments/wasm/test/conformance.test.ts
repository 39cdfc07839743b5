import { describeConformance } from "@bedplate/environment/conformance/vitest";
import { subject } from "@bedplate/environment-wasm/conformance";

describeConformance("wasm", subject);
