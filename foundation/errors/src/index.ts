export {
  type Blame,
  type Effect,
  type Fault,
  FaultError,
  type FaultKind,
  isFault,
  type Retry,
} from "./fault.ts";
export { type FaultCode, type FaultDetail, type FaultRule, faultCodes } from "./fault-codes.ts";
export { httpStatusOf } from "./http-status.ts";
export { type FaultOptions, faultTextMax, isConsistent, raise, toFault } from "./raise.ts";
