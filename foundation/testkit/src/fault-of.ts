import { type Fault, isFault } from "@bedplate/errors";

/** The fault that a promise rejects with; throws when it resolves, or rejects with something else. */
export async function faultOf(work: Promise<unknown>): Promise<Fault> {
  try {
    await work;
  } catch (error) {
    if (isFault(error)) return error.fault;
    throw error;
  }
  throw new Error("Waited for a fault in vain: the work was done");
}
