/** The first thing wrong with a value, in words. */
export interface Issue {
  /** JSON pointer into the value. */
  readonly path: string;
  readonly rule: string;
  readonly limit?: number | string | undefined;
}

interface RawIssue {
  readonly keyword?: string;
  readonly instancePath?: string;
  readonly schemaPath?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/** Picks the deepest issue a schema check reported, and words it. */
export function wordIssue(issues: readonly object[]): Issue {
  const found = issues as readonly RawIssue[];
  const worded = found.filter((each) => each.keyword !== "anyOf" && each.keyword !== "~guard");
  const unknownKey = worded.find((each) => each.keyword === "additionalProperties");
  const deepest = worded.toSorted((a, b) => depth(b) - depth(a))[0] ?? found[0];
  const chosen = unknownKey ?? deepest;
  if (chosen === undefined) return { path: "", rule: "does not fit its schema" };
  return word(chosen);
}

function depth(issue: RawIssue): number {
  return (issue.instancePath ?? "").split("/").length;
}

function word(issue: RawIssue): Issue {
  const path = issue.instancePath ?? "";
  const params = issue.params ?? {};
  const one = (name: string) => params[name] as number | string;
  switch (issue.keyword) {
    case "additionalProperties": {
      const keys = (params["additionalProperties"] as readonly string[] | undefined) ?? [];
      return { path: `${path}/${keys[0] ?? ""}`, rule: "is not a known key" };
    }
    case "required": {
      const keys = (params["requiredProperties"] as readonly string[] | undefined) ?? [];
      return { path: `${path}/${keys[0] ?? ""}`, rule: "is missing" };
    }
    case "type":
      return { path, rule: `must be of type ${String(params["type"])}` };
    case "const":
      return { path, rule: `must be ${JSON.stringify(params["allowedValue"])}` };
    case "enum":
      return { path, rule: `must be one of ${JSON.stringify(params["allowedValues"])}` };
    case "pattern":
      return { path, rule: `must match ${String(params["pattern"])}` };
    case "minLength":
    case "maxLength":
    case "minItems":
    case "maxItems":
    case "minimum":
    case "maximum":
    case "minProperties":
    case "maxProperties": {
      const limit = one("limit");
      return { path, rule: `breaks ${issue.keyword} ${limit}`, limit };
    }
    default:
      return { path, rule: issue.message ?? "does not fit its schema" };
  }
}
