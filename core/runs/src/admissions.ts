import type { Digest } from "@bedplate/codec";
import { type Admission, newCall } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { type ReleaseUse, releaseId } from "@bedplate/registry";

const admissionsMax = 10_000;
/** How long an environment may look at an artifact. */
export const admitTimeoutMs = 60_000;

/** What an environment says of an artifact that it runs. */
export type AdmittedArtifact = Admission & { readonly isAdmitted: true };

/** Which artifacts run on which release; asked once per pair. */
export class Admissions {
  readonly #known = new Map<string, AdmittedArtifact>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Refuses an artifact that the release does not run, and an entry that the artifact has not. */
  async demand(
    use: ReleaseUse,
    subject: { readonly artifact: Digest; readonly entry: string; readonly principal: string },
  ): Promise<AdmittedArtifact> {
    const admission = await this.of(use, subject);
    const { entries } = admission;
    if (entries.length === 0 || entries.includes(subject.entry)) return admission;
    throw raise("argument.invalid", {
      op: "runs.submit",
      detail: { path: "/entry", rule: "names no entry of the artifact" },
      message: `Cannot run ${subject.entry}: the artifact has the entries ${entries.slice(0, 20).join(", ")}`,
    });
  }

  /** What the release says of an artifact that it runs; refuses one that it does not. */
  async of(
    use: ReleaseUse,
    { artifact, principal }: { readonly artifact: Digest; readonly principal: string },
  ): Promise<AdmittedArtifact> {
    const key = `${releaseId(use.release)} ${artifact}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const call = newCall({ principal, key: artifact, timeoutMs: admitTimeoutMs, now: this.#now });
    const admission = await use.environment.admit(artifact, call);
    if (!admission.isAdmitted) throw notAdmitted(use, admission.reason);
    if (this.#known.size >= admissionsMax) this.#known.clear();
    this.#known.set(key, admission);
    return admission;
  }
}

function notAdmitted(use: ReleaseUse, reason: string): Error {
  return raise("argument.invalid", {
    op: "runs.submit",
    detail: { path: "/artifact", rule: reason },
    message: `Cannot run the artifact on ${releaseId(use.release)}: ${reason}`,
  });
}
