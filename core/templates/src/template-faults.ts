import { raise } from "@bedplate/errors";

/** The fault of something that a project has not. */
export function missing(type: "template" | "build" | "image" | "files", id: string): Error {
  return raise("resource.missing", {
    op: "templates.get",
    subject: `${type}/${id}`,
    detail: { type, id },
    message: `Cannot find ${type}/${id}: there is none in this project`,
  });
}

/** The fault of a member of a request that makes no sense. */
export function refuse(path: string, rule: string): Error {
  return raise("argument.invalid", {
    op: "templates.build",
    detail: { path, rule },
    message: `Cannot build the template: ${path} ${rule}`,
  });
}

/** The fault of a build that is not where it was thought to be. */
export function notWaiting(id: string, phase: string): Error {
  return raise("phase.illegal", {
    op: "templates.start",
    subject: `build/${id}`,
    detail: { op: "start", phase },
    message: `Cannot start build/${id}: it is ${phase}`,
  });
}

/** The fault of a project that has all that it may have. */
export function tooMany(meter: string, limit: number): Error {
  return raise("quota.exceeded", {
    op: "templates.create",
    detail: { meter, limit, asked: limit + 1 },
    message: `Cannot add to the templates: ${limit} ${meter} are the most`,
  });
}
