import { describeConformance } from "@bedplate/environment/conformance/vitest";
import { subject } from "@bedplate/environment-javascript/conformance";

describeConformance("javascript", subject);
