import { erasePlugin } from "@bedplate/environment";
import type { ConformanceSubject } from "@bedplate/environment/conformance";
import { evmReferencePlugin } from "../environment/evm-plugin.ts";
import { subject as compiled } from "./index.ts";

/** The same programs on the reference engine. */
export const subject: ConformanceSubject = {
  ...compiled,
  plugin: erasePlugin(evmReferencePlugin()),
  repeats: 100,
};
