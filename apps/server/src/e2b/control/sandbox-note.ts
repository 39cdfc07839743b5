import type { CreateRequest, EgressRules } from "@bedplate/e2b";
import type { Machine } from "@bedplate/machines";

/** The annotation of a machine that is a sandbox. */
const annotation = "e2b";

/** What a sandbox is beyond its machine. */
export interface SandboxNote {
  readonly templateID: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether its own port asks for a token. */
  readonly isSecured: boolean;
  readonly hasInternet: boolean;
  readonly egress: EgressRules;
  readonly allowPublicTraffic: boolean;
  readonly maskRequestHost?: string | undefined;
  /** Whether snippets of code can be run in it. */
  readonly hasInterpreter?: boolean | undefined;
}

/** The note of a request, as its protocol's version means it. */
export function noteOf(request: CreateRequest, isSecured: boolean): SandboxNote {
  const { templateID, metadata = {}, network = {}, allow_internet_access = true } = request;
  const { allowPublicTraffic = true, maskRequestHost, ...egress } = network;
  return {
    templateID,
    metadata,
    isSecured,
    hasInternet: allow_internet_access,
    egress,
    allowPublicTraffic,
    ...(maskRequestHost !== undefined && { maskRequestHost }),
  };
}

/** Reads what `annotationOf` wrote; undefined for a machine that is no sandbox. */
export function readNote({ annotations }: Pick<Machine, "annotations">): SandboxNote | undefined {
  const text = annotations[annotation];
  return text === undefined ? undefined : (JSON.parse(text) as SandboxNote);
}

/** A note in the form in which a machine keeps it. */
export function annotationOf(note: SandboxNote): Readonly<Record<string, string>> {
  return { [annotation]: JSON.stringify(note) };
}
