export { gvisorSubject as subject } from "./conformance.ts";
