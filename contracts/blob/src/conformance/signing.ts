import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { digestBytes } from "@bedplate/codec";
import { expectFault } from "@bedplate/conformance";
import type { SignedAddress } from "../blob-driver.ts";
import { type BlobCase, bytes, textOf } from "./blob-case.ts";

/** Long enough to be used, however busy the machine is. */
const expiresMs = 60_000;
const shortMs = 1_000;

/** Signed addresses. */
export const signingCases: readonly BlobCase[] = [
  {
    id: "BS47",
    law: "a signed address does one thing to one blob until it expires",
    when: (store) => store.capabilities.signed !== undefined,
    controls: ["outlast"],
    async run(store, kit) {
      await store.put("a/b c", bytes("body"));
      await store.put("other", bytes("other"));
      const get = await store.sign("a/b c", { expiresMs });
      deepStrictEqual(await use(get), [200, "body"]);
      deepStrictEqual(await refused(get, { method: "PUT", body: "x" }), true);
      const url = get.url.replace("a/b%20c", "other");
      ok(url !== get.url && (await refused({ ...get, url })));
      const body = bytes("signed");
      const sealed = { sizeBytes: body.byteLength, digest: digestBytes(body) };
      const facts = { contentType: "text/plain", metadata: { A: "é" } };
      const put = await store.sign("c", { expiresMs, put: sealed, ...facts });
      for (const other of ["signet", "signed and more", ""]) {
        ok(await refused(put, { body: other }));
      }
      strictEqual(await store.stat("c"), null);
      strictEqual((await use(put, { body: "signed" }))[0], 200);
      strictEqual(await textOf(store, "c"), "signed");
      const info = await store.stat("c");
      deepStrictEqual([info?.contentType, info?.metadata], ["text/plain", { A: "é" }]);
      const shortGet = await store.sign("c", { expiresMs: shortMs });
      const shortPut = await store.sign("c", { expiresMs: shortMs, put: sealed });
      await kit.outlast?.(shortMs + 1_000);
      ok((await refused(shortGet)) && (await refused(shortPut, { body: "signed" })));
    },
  },
  {
    id: "BS72",
    law: "the life of a signed address has exact limits",
    when: (store) => store.capabilities.signed !== undefined,
    async run(store) {
      const { expiresMsMax } = store.capabilities.signed ?? { expiresMsMax: 0 };
      await store.sign("a", { expiresMs: expiresMsMax });
      for (const wrong of [expiresMsMax + 1, 999, 1_000.5]) {
        await expectFault("argument.invalid", store.sign("a", { expiresMs: wrong }));
      }
    },
  },
  {
    id: "BS56",
    law: "a store that does not declare signed addresses refuses to make one",
    when: (store) => store.capabilities.signed === undefined,
    async run(store) {
      const { fault } = await expectFault(
        "capability.undeclared",
        store.sign("a", { expiresMs: 1_000 }),
      );
      deepStrictEqual([fault.detail, fault.effect], [{ facet: "signed" }, "none"]);
    },
  },
];

interface Use {
  readonly method?: string;
  readonly body?: string;
}

async function use(
  { url, method, headers }: SignedAddress,
  change: Use = {},
): Promise<readonly [number, string]> {
  const answer = await fetch(url, { method, headers, ...change });
  return [answer.status, await answer.text()];
}

async function refused(address: SignedAddress, change: Use = {}): Promise<boolean> {
  const [status] = await use(address, change);
  return status >= 400 && status < 500;
}
