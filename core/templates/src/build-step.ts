import { Type } from "@bedplate/schema";
import { stepMsMax, stepTextMax } from "./template-limits.ts";

/** One step of a build, in the words of Dockerfiles. */
export type BuildStep =
  | {
      readonly kind: "RUN";
      readonly command: string;
      readonly user?: string | undefined;
      readonly timeoutMs?: number | undefined;
    }
  | {
      readonly kind: "COPY";
      /** A path below the archive's root, a pattern of its last part, or `.` for all of it. */
      readonly from: string;
      readonly to: string;
      /** The name under which the archive was stored with `putFiles`. */
      readonly files: string;
      /** `USER[:GROUP]`. Default: the user of the steps. */
      readonly owner?: string | undefined;
      /** Octal digits. Default: as in the archive. */
      readonly mode?: string | undefined;
    }
  | { readonly kind: "ENV"; readonly variables: Readonly<Record<string, string>> }
  | { readonly kind: "WORKDIR"; readonly path: string }
  | { readonly kind: "USER"; readonly name: string }
  | { readonly kind: "CMD"; readonly words: readonly string[] };

const closed = { additionalProperties: false } as const;
const text = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: "^[^\\0]*$" });
const kind = <const K extends BuildStep["kind"]>(word: K) => Type.Literal(word);

/** Names of users, as `chown` takes them. */
const userPattern = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,63})?$";

/** Checks a step. */
export const buildStepType: Type.TUnsafe<BuildStep> = Type.Unsafe<BuildStep>(
  Type.Union([
    Type.Object(
      {
        kind: kind("RUN"),
        command: text(stepTextMax),
        user: Type.Optional(Type.String({ pattern: userPattern })),
        timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: stepMsMax })),
      },
      closed,
    ),
    Type.Object(
      {
        kind: kind("COPY"),
        from: text(4096),
        to: text(4096),
        files: text(256),
        owner: Type.Optional(Type.String({ pattern: userPattern })),
        mode: Type.Optional(Type.String({ pattern: "^[0-7]{3,4}$" })),
      },
      closed,
    ),
    Type.Object(
      {
        kind: kind("ENV"),
        variables: Type.Record(
          Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_]{0,255}$" }),
          Type.String({ maxLength: stepTextMax, pattern: "^[^\\0]*$" }),
          { additionalProperties: false },
        ),
      },
      closed,
    ),
    Type.Object({ kind: kind("WORKDIR"), path: text(4096) }, closed),
    Type.Object({ kind: kind("USER"), name: Type.String({ pattern: userPattern }) }, closed),
    Type.Object(
      { kind: kind("CMD"), words: Type.Array(text(stepTextMax), { minItems: 1, maxItems: 256 }) },
      closed,
    ),
  ]),
);

/** One line that tells of a step, for logs. */
export function stepLine(step: BuildStep): string {
  switch (step.kind) {
    case "RUN":
      return `RUN ${step.command}`;
    case "COPY":
      return `COPY ${step.from} ${step.to}`;
    case "ENV":
      // Values may be secrets.
      return `ENV ${Object.keys(step.variables).join(" ")}`;
    case "WORKDIR":
      return `WORKDIR ${step.path}`;
    case "USER":
      return `USER ${step.name}`;
    case "CMD":
      return `CMD ${step.words.join(" ")}`;
  }
}
