import { type CborValue, type Digest, digestValue } from "@bedplate/codec";
import { faultCodes } from "@bedplate/errors";
import type { JsonSchema } from "@bedplate/schema";
import { facetParamsSchema } from "../facets/facet-params-schema.ts";
import { type FacetName, facetNames } from "../facets/facet-spec.ts";
import { manifestSchema } from "../manifest-schema.ts";
import { phaseTable } from "../phase.ts";
import { hostOperations, pluginOperations } from "../wire/operation-table.ts";

/** One operation as data. */
export interface OperationText {
  readonly kind: string;
  readonly request: JsonSchema;
  readonly response: JsonSchema;
  readonly notice?: JsonSchema | undefined;
  readonly isKeyed?: boolean | undefined;
  readonly permission?: string | undefined;
}

/** One contract as data: all that both sides must agree on. */
export interface SurfaceDocument {
  readonly operations: Readonly<Record<string, OperationText>>;
  /** The phases in which each operation is legal. */
  readonly phases: Readonly<Record<string, readonly string[]>>;
  /** What a manifest says: the whole of it, or one facet's parameters. */
  readonly manifest: JsonSchema;
  readonly faults: Readonly<Record<string, object>>;
}

/** Name of a contract that has its own version: the environment's, or one facet's. */
export type ContractName = "environment" | `facet/${FacetName}`;

/** Every contract with a version of its own. */
export const contractNames: readonly ContractName[] = [
  "environment",
  ...facetNames.map((each) => `facet/${each}` as const),
];

/** The text of a contract, made from the tables and schemas that the code itself runs on. */
export function surfaceDocument(name: ContractName): SurfaceDocument {
  const facet = facetNames.find((each) => name === `facet/${each}`);
  const operations = Object.entries({ ...pluginOperations, ...hostOperations });
  const rows = Object.entries(phaseTable);
  const isFacet = (row: string) => (facetNames as readonly string[]).includes(row);
  return plain({
    operations: Object.fromEntries(
      operations
        .filter(([, each]) => each.facet === facet)
        .map(([operation, each]) => [
          operation,
          {
            kind: each.kind,
            request: each.request.jsonSchema,
            response: each.response.jsonSchema,
            notice: each.notice?.jsonSchema,
            isKeyed: each.isKeyed,
            permission: each.permission,
          },
        ]),
    ),
    phases: Object.fromEntries(
      rows.filter(([row]) => (facet === undefined ? !isFacet(row) : row === facet)),
    ),
    manifest: facet === undefined ? manifestText() : paramsText(facet),
    faults: facet === undefined ? faultCodes : {},
  });
}

const digests = new Map<ContractName, Digest>();

/** Digest of a contract's text. */
export function surfaceDigest(name: ContractName): Digest {
  let found = digests.get(name);
  if (found === undefined) {
    found = digestValue(surfaceDocument(name) as unknown as CborValue);
    digests.set(name, found);
  }
  return found;
}

/** Each facet has a version of its own, so the manifest's text leaves their parameters out. */
function manifestText(): JsonSchema {
  const schema = manifestSchema.jsonSchema as {
    readonly properties: Readonly<Record<string, unknown>>;
  };
  return { ...schema, properties: { ...schema.properties, declares: { type: "object" } } };
}

function paramsText(facet: FacetName): JsonSchema {
  const { properties } = facetParamsSchema.jsonSchema as {
    readonly properties: Readonly<Record<FacetName, JsonSchema>>;
  };
  return properties[facet];
}

/** JSON only: what the schema library hides in a schema is not part of the text. */
function plain(document: SurfaceDocument): SurfaceDocument {
  return JSON.parse(JSON.stringify(document)) as SurfaceDocument;
}
