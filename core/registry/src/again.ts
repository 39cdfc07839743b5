import { isFault } from "@bedplate/errors";

/** Does work once more where another replica was faster: then it finds what that one left. */
export async function againIfLost<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isFault(error, "version.mismatch")) throw error;
    return work();
  }
}
