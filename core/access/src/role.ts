import { raise } from "@bedplate/errors";

/** What a key's holder may do: each role includes the ones before it. */
export type Role = "viewer" | "runner" | "admin";

/** Every role, weakest first. */
export const roles: readonly Role[] = ["viewer", "runner", "admin"];

/** Who asks, as an API key proves it. */
export interface Principal {
  readonly keyId: string;
  readonly project: string;
  readonly role: Role;
}

/** Throws `permission.denied` where the principal's role is weaker than `needed`. */
export function demandRole(principal: Principal, needed: Role): void {
  if (roles.indexOf(principal.role) >= roles.indexOf(needed)) return;
  throw raise("permission.denied", {
    op: "access.demand",
    subject: `key/${principal.keyId}`,
    detail: { permission: `role:${needed}` },
    message: `Cannot do this with key/${principal.keyId}: it needs the role ${needed}, and has ${principal.role}`,
  });
}
