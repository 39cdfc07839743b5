import { raise } from "@bedplate/errors";

type Version = readonly [number, number, number];

/**
 * True when a version satisfies a range of the semver form: `*`, `1.2.3`, `^1.2.3`, `~1.2.3`,
 * `>=1.2.3`, `<2.0.0`, and several of these separated by spaces (all must hold).
 */
export function satisfies(version: string, range: string): boolean {
  const parsed = parseVersion(version);
  return range
    .trim()
    .split(/\s+/)
    .every((part) => holds(parsed, part));
}

function holds(version: Version, part: string): boolean {
  if (part === "*" || part === "") return true;
  const match = /^(\^|~|>=|<=|>|<|=)?(\d+\.\d+\.\d+)$/.exec(part);
  if (!match) throw invalidRange(part);
  const wanted = parseVersion(match[2] ?? "");
  const order = compare(version, wanted);
  switch (match[1]) {
    case "^":
      return order >= 0 && compare(version, nextBreaking(wanted)) < 0;
    case "~":
      return order >= 0 && version[0] === wanted[0] && version[1] === wanted[1];
    case ">=":
      return order >= 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case "<":
      return order < 0;
    default:
      return order === 0;
  }
}

/** Below 1.0.0 the first number that is not zero is the breaking one. */
function nextBreaking([major, minor, patch]: Version): Version {
  if (major > 0) return [major + 1, 0, 0];
  return minor > 0 ? [0, minor + 1, 0] : [0, 0, patch + 1];
}

function parseVersion(text: string): Version {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(text);
  if (!match) throw invalidRange(text);
  return [Number(match[1]), Number(match[2]), Number(match[3])];
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

function invalidRange(text: string): Error {
  return raise("argument.invalid", {
    op: "registry.register",
    detail: { path: "/dependsOn", rule: "semver range" },
    message: `Cannot read the version or range "${text}"`,
  });
}
