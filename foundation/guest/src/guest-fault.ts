import { type FaultError, raise } from "@bedplate/errors";

/** What an operation was about, for its faults. */
export interface Asked {
  /** For example `guest.stat`. */
  readonly op: string;
  /** The path, process or port. */
  readonly subject: string;
}

/** The guest said something that the protocol does not allow. Its bytes are never part of the fault. */
export function corrupt(what: string): FaultError<"data.corrupt"> {
  return raise("data.corrupt", {
    op: "guest.read",
    detail: { what },
    message: `Cannot understand the guest: ${what} is not as the protocol says`,
    blame: "guest",
  });
}

/** The connection is over, whoever ended it. */
export function closed(why: string): FaultError<"resource.closed"> {
  return raise("resource.closed", {
    op: "guest.connection",
    detail: { type: "guest connection" },
    message: `Cannot reach the guest: ${why}`,
    blame: "guest",
    effect: "unknown",
    retry: "backoff",
  });
}

export function tooLate(asked: Asked, afterMs: number): FaultError<"deadline.exceeded"> {
  return raise("deadline.exceeded", {
    op: asked.op,
    subject: asked.subject,
    detail: { afterMs },
    message: `Cannot ${verbOf(asked)}: the guest did not answer within ${afterMs} ms`,
    blame: "guest",
  });
}

/** What the codes of the protocol mean; unknown ones are the guest's fault. */
export function faultOfCode(code: number, asked: Asked): FaultError {
  const make = faultsByCode[code] ?? unhealthy("it failed for an unknown reason");
  return make(asked);
}

type MakeFault = (asked: Asked) => FaultError;

function verbOf({ op, subject }: Asked): string {
  return `${op.replace("guest.", "")} ${subject}`;
}

function say(asked: Asked, what: string) {
  return { op: asked.op, subject: asked.subject, message: `Cannot ${verbOf(asked)}: ${what}` };
}

function invalid(rule: string): MakeFault {
  return (asked) =>
    raise("argument.invalid", { ...say(asked, rule), detail: { path: asked.subject, rule } });
}

function unhealthy(reason: string): MakeFault {
  return (asked) =>
    raise("environment.unhealthy", { ...say(asked, reason), detail: { reason }, blame: "guest" });
}

function spent(meter: string): MakeFault {
  return (asked) =>
    raise("quota.exceeded", {
      ...say(asked, `the machine's limit of ${meter} is reached`),
      detail: { meter, limit: 0, asked: 0 },
    });
}

const missing: MakeFault = (asked) =>
  raise("resource.missing", {
    ...say(asked, "it is not there"),
    detail: { type: "guest resource", id: asked.subject },
  });

const exists: MakeFault = (asked) =>
  raise("resource.exists", {
    ...say(asked, "it is there already"),
    detail: { type: "guest resource", id: asked.subject },
  });

const denied: MakeFault = (asked) =>
  raise("permission.denied", {
    ...say(asked, "the machine does not allow it"),
    detail: { permission: asked.op },
  });

const busy: MakeFault = (asked) =>
  raise("resource.busy", {
    ...say(asked, "it is in use"),
    detail: { type: "guest resource", id: asked.subject, by: "the machine" },
  });

const notEmpty: MakeFault = (asked) =>
  raise("state.conflict", {
    ...say(asked, "the folder is not empty"),
    detail: { key: asked.subject },
  });

const unsupported: MakeFault = (asked) =>
  raise("capability.undeclared", {
    ...say(asked, "this machine cannot do it"),
    detail: { facet: asked.op },
  });

const cancelled: MakeFault = (asked) =>
  raise("call.cancelled", { ...say(asked, "it was given up"), detail: {} });

const refused: MakeFault = (asked) =>
  raise("resource.closed", { ...say(asked, "nobody listens there"), detail: { type: "port" } });

const timedOut: MakeFault = (asked) =>
  raise("deadline.exceeded", {
    ...say(asked, "it took too long inside the machine"),
    detail: { afterMs: 0 },
  });

/** By the numbers of `code` in the protocol. */
const faultsByCode: Readonly<Record<number, MakeFault>> = {
  1: invalid("the machine takes no such value"),
  2: missing,
  3: exists,
  4: denied,
  5: invalid("a part of the path is no folder"),
  6: invalid("it is a folder"),
  7: notEmpty,
  8: spent("disk"),
  9: invalid("it is too large"),
  10: unsupported,
  11: busy,
  12: invalid("the path leads around in circles, or out of its file system"),
  13: cancelled,
  14: invalid("it is no plain file"),
  15: spent("open things"),
  16: refused,
  17: invalid("the archive leads out of its folder, or holds what is no file, folder or link"),
  18: invalid("the archive is broken"),
  19: unhealthy("its storage failed"),
  20: unhealthy("it speaks another version of the protocol"),
  21: unhealthy("its agent failed"),
  22: timedOut,
  23: unhealthy("its agent could not understand us"),
  24: spent("events"),
  25: invalid("the machine has no such user"),
  26: (asked) =>
    raise("resource.closed", {
      ...say(asked, "the machine is ending"),
      detail: { type: "machine" },
    }),
};
