import type { BuildRequest, TemplateStep } from "@bedplate/e2b";
import { raise } from "@bedplate/errors";
import { type BuilderPlan, type BuilderStep, splitTag, tagDefault } from "./template-builder.ts";

/** The plan of a request. `roots` says which images stand for another root. */
export function buildPlanOf(
  request: BuildRequest,
  roots: Readonly<Record<string, string>>,
): BuilderPlan {
  const { steps = [], force = false, startCmd = "", readyCmd = "" } = request;
  const isForced = force || steps.some((step) => step.force === true);
  return {
    from: rootOf(request, roots),
    steps: steps.map(stepOf),
    isForced,
    ...(startCmd !== "" && {
      start: { command: startCmd, ...(readyCmd !== "" && { ready: readyCmd }) },
    }),
  };
}

function rootOf(request: BuildRequest, roots: Readonly<Record<string, string>>): string {
  const { fromImage = "", fromTemplate = "", fromImageRegistry } = request;
  if (fromImageRegistry !== undefined) throw invalid("/fromImageRegistry", "is not supported");
  if (fromTemplate !== "") {
    const { name, tag = tagDefault } = splitTag(fromTemplate);
    return name === "base" ? "host" : `template:${name}:${tag}`;
  }
  if (fromImage === "") throw invalid("/fromImage", "is missing");
  const named = Object.hasOwn(roots, fromImage) ? roots[fromImage] : undefined;
  const untagged = fromImage.replace(/:latest$/, "");
  return (
    named ?? (Object.hasOwn(roots, untagged) ? roots[untagged] : undefined) ?? `image:${fromImage}`
  );
}

function stepOf({ type, args = [], filesHash }: TemplateStep, at: number): BuilderStep {
  const [first = "", second = "", third = "", fourth = ""] = args;
  switch (type.toUpperCase()) {
    case "RUN":
      return { kind: "RUN", command: first, ...(second !== "" && { user: second }) };
    case "COPY":
    case "ADD":
      if (filesHash === undefined) throw invalid(`/steps/${at}/filesHash`, "is missing");
      return {
        kind: "COPY",
        from: first,
        to: second,
        files: filesHash,
        ...(third !== "" && { owner: third }),
        ...(fourth !== "" && { mode: fourth }),
      };
    case "ENV":
      return { kind: "ENV", variables: variablesOf(args) };
    case "WORKDIR":
      return { kind: "WORKDIR", path: first };
    case "USER":
      return { kind: "USER", name: first };
    default:
      throw invalid(`/steps/${at}/type`, "is none of RUN, COPY, ENV, WORKDIR, USER");
  }
}

/** Names and values in turn. */
function variablesOf(args: readonly string[]): Record<string, string> {
  const names = args.filter((_, at) => at % 2 === 0);
  return Object.fromEntries(names.map((name, at) => [name, args[2 * at + 1] ?? ""]));
}

function invalid(path: string, rule: string): Error {
  return raise("argument.invalid", {
    op: "e2b.templates",
    detail: { path, rule },
    message: `Cannot build the template: ${path} ${rule}`,
  });
}
