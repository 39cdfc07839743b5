import { type FaultCode, faultCodes } from "../../foundation/errors/src/fault-codes.ts";
import { httpStatusOf } from "../../foundation/errors/src/http-status.ts";
import { code, generatedNote, table } from "./markdown.ts";

/** When each code is raised, for people. */
const meanings: { readonly [C in FaultCode]: string } = {
  "argument.invalid":
    "a member is wrong; `detail.path` is its JSON pointer, `detail.rule` what it breaks",
  "argument.critical": "a message says that members must be understood which are not",
  "capability.undeclared": "the environment does not declare the facet",
  "capability.unproven": "a release is weaker than the slot's policy demands",
  "contract.incompatible": "two sides share no version of a contract",
  "version.mismatch": "somebody else changed it meanwhile: read again",
  "idempotency.mismatch": "the key was used for another request",
  "fence.stale": "a newer holder has been seen",
  "lease.lost": "the lease ended before the work",
  "digest.mismatch": "bytes, or a build, are not the ones that were named",
  "signature.invalid": "no trusted key signed the release",
  "dependency.missing": "a release needs one that is not registered",
  "dependency.cycle": "releases would need each other",
  "snapshot.incompatible": "a snapshot cannot be restored here",
  "quota.exceeded": "a limit is reached; `detail.meter` and `detail.limit` say which",
  "phase.illegal": "the operation does not fit the phase",
  "state.conflict": "two commits wanted the same key at once",
  "resource.missing": "there is no such thing, or not in this project",
  "resource.exists": "there is one already",
  "resource.busy": "somebody uses it",
  "resource.closed": "it was closed",
  "permission.denied": "the key's role, project or grants do not allow it",
  "key.invalid": "no API key, or one that is unknown or revoked",
  "deadline.exceeded": "no answer in time",
  "call.cancelled": "the caller took it back",
  "plugin.crashed": "the environment's process or thread ended",
  "environment.unhealthy": "the environment says that it cannot work, or is not mounted",
  "provider.unavailable": "storage, the queue or the server does not answer",
  "provider.indeterminate":
    "contact broke after a write was sent: read before you repeat it, or repeat it with its idempotency key",
  "provider.denied": "the engine refuses our credentials, or what they may do",
  "watch.compacted":
    "the history that a watch asked for is gone; read the present, watch from there",
  "range.unsatisfiable": "the range begins behind the end of the blob",
  "route.conflict": "another route matches the same requests",
  "data.corrupt": "stored bytes are not what was stored",
  "internal.bug": "a promise between our own modules was broken",
};

/** `docs/reference/faults.md`, from the registry of codes. */
export function faultsPage(): string {
  const rows = (Object.keys(faultCodes) as FaultCode[]).map((each) => {
    const { kind, effect, retry, blame } = faultCodes[each];
    return [code(each), kind, String(httpStatusOf[kind]), effect, retry, blame, meanings[each]];
  });
  return `# Faults

${generatedNote}

A fault is what the platform failed to do, as data; what a guest did is an [outcome](../explanation/outcomes-and-faults.md).
Programs branch on \`code\`, \`kind\`, \`effect\` and \`retry\`, never on \`message\`. The columns show what holds unless the
place that raises a fault says otherwise.

- \`effect\`: whether anything happened: \`none\`, \`partial\`, \`applied\`, \`unknown\`.
- \`retry\`: \`never\`; \`same\`: the same call again; \`backoff\`: later (\`retryAfterMs\`); \`refresh\`: after reading again;
  \`elsewhere\`: on another node or release.
- \`blame\`: whose doing it is.

${table([["Code", "Kind", "HTTP", "Effect", "Retry", "Blame", "Meaning"], ...rows])}
`;
}
