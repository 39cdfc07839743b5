import { raise } from "@bedplate/errors";
import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import {
  apiErrorOf,
  asConnectError,
  createRequestSchema,
  fromE2bKey,
  isSignature,
  permissionsText,
  readMetadataQuery,
  sandboxAddressOf,
  signatureOf,
  toE2bKey,
} from "../src/index.ts";

const none = () => undefined;

describe("sandboxAddressOf", () => {
  it("reads port and id of a host name", () => {
    const address = { sandboxId: "m1abc", port: 8000 };
    expect(sandboxAddressOf("8000-m1abc.box.example:443", none)).toEqual(address);
    expect(sandboxAddressOf("8000-M1abc.BOX.example", none)).toEqual(address);
  });

  it("reads headers where the host is an address or shared, and nowhere else", () => {
    const headers: Record<string, string> = { "e2b-sandbox-id": "m1", "e2b-sandbox-port": "49983" };
    const header = (name: string) => headers[name];
    for (const host of ["127.0.0.1:3000", "localhost", "[::1]:80", "sandbox.box.example"]) {
      expect(sandboxAddressOf(host, header), host).toEqual({ sandboxId: "m1", port: 49_983 });
    }
    expect(sandboxAddressOf("api.box.example", header)).toBeUndefined();
  });

  it("takes no port and no id that cannot be", () => {
    expect(sandboxAddressOf("70000-m1.box.example", none)).toBeUndefined();
    const header = (name: string) => (name === "e2b-sandbox-id" ? "../../etc" : undefined);
    expect(sandboxAddressOf("127.0.0.1", header)).toBeUndefined();
  });
});

describe("signatures", () => {
  it("are what the protocol's own example says", () => {
    const grant = { path: "hello.txt", operation: "read", user: "user" } as const;
    const signature = signatureOf(grant, "0tQG31xiMp0IOQfaz9dcwi72L1CPo8e0");
    expect(signature).toBe("v1_gUtH/s9YCJWgCizjfUxuWfhFE4QSydOWEIIvfLwDr6E");
  });

  it("hold for their grant alone", () => {
    const grant = { path: "a", operation: "read", user: "", expiration: 9 } as const;
    const signature = signatureOf(grant, "token");
    expect(isSignature(signature, grant, "token")).toBe(true);
    expect(isSignature(signature, { ...grant, operation: "write" }, "token")).toBe(false);
    expect(isSignature(signature, { ...grant, expiration: 10 }, "token")).toBe(false);
    expect(isSignature(signature, grant, "other")).toBe(false);
    expect(isSignature("", grant, "token")).toBe(false);
  });
});

describe("keys", () => {
  it("have the form that clients check, and mean the same", () => {
    const key = "bp_0123456789_abc";
    expect(toE2bKey(key)).toMatch(/^e2b_[0-9a-f]+$/);
    expect(fromE2bKey(toE2bKey(key))).toBe(key);
    expect(fromE2bKey(key)).toBe(key);
    expect(fromE2bKey("e2b_xyz")).toBe("e2b_xyz");
  });
});

describe("readMetadataQuery", () => {
  it("decodes twice", () => {
    const inner = new URLSearchParams({ [encodeURIComponent("a b")]: encodeURIComponent("ä&=") });
    expect(readMetadataQuery(inner.toString())).toEqual({ "a b": "ä&=" });
  });

  it("refuses what is no form", () => {
    expect(readMetadataQuery("a=%25")).toBeUndefined();
  });
});

describe("errors", () => {
  const missing = raise("resource.missing", {
    op: "test",
    detail: { type: "sandbox", id: "m1" },
    message: "Cannot find the sandbox m1: there is none",
  });

  it("have the codes of Connect and of HTTP", () => {
    expect(asConnectError(missing, "test").code).toBe(Code.NotFound);
    expect(apiErrorOf(missing, "test")).toEqual({ code: 404, message: missing.message });
  });

  it("keep the inside of a bug inside", () => {
    const bug = new Error("password=1234");
    expect(asConnectError(bug, "test").message).not.toContain("1234");
    expect(apiErrorOf(bug, "test").message).not.toContain("1234");
  });
});

describe("createRequestSchema", () => {
  it("lets members through that it does not know", () => {
    expect(createRequestSchema.parse({ templateID: "base", newer: { x: 1 } })).toMatchObject({
      templateID: "base",
    });
  });

  it("refuses what is not as the protocol says", () => {
    expect(() => createRequestSchema.parse({})).toThrow();
    expect(() => createRequestSchema.parse({ templateID: "base", timeout: -1 })).toThrow();
    expect(() => createRequestSchema.parse({ templateID: "base", metadata: { a: 1 } })).toThrow();
  });
});

it("permissionsText() writes bits as ls does", () => {
  expect(permissionsText(0o644, "file")).toBe("-rw-r--r--");
  expect(permissionsText(0o755, "folder")).toBe("drwxr-xr-x");
});
