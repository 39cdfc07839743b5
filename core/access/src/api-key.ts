import { hash } from "node:crypto";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type { Role } from "./role.ts";

/** What is stored of a key; the secret itself is shown once and never kept. */
export interface ApiKey {
  readonly id: string;
  readonly project: string;
  readonly role: Role;
  readonly label: string;
  /** SHA-256 of the whole key text, hex. The secret has 160 bits of chance, so no slow hash is needed. */
  readonly hash: string;
  readonly createdAt: number;
  readonly revokedAt?: number | undefined;
}

export const apiKeySchema: Schema<ApiKey> = defineSchema(
  Type.Object(
    {
      id: Type.String(),
      project: Type.String(),
      role: Type.Union([Type.Literal("viewer"), Type.Literal("runner"), Type.Literal("admin")]),
      label: Type.String({ maxLength: 128 }),
      hash: Type.String({ pattern: "^[0-9a-f]{64}$" }),
      createdAt: Type.Integer(),
      revokedAt: Type.Optional(Type.Integer()),
    },
    { additionalProperties: false },
  ),
);

/** The form of a key's text: `bp_`, its id, its secret. */
export const keyTextPattern: RegExp = /^bp_([0-9a-z]{16})_([0-9a-z]{32})$/;

/** The hash by which a key is known. */
export function hashKeyText(text: string): string {
  return hash("sha256", text, "hex");
}
