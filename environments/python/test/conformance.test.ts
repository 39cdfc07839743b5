import { describeConformance } from "@bedplate/environment/conformance/vitest";
import { subject } from "../src/conformance.ts";

describeConformance("python", subject);
