import { describe, expect, it } from "vitest";
import { buildPlanOf } from "../../src/e2b/templates/build-plan.ts";
import { UploadGrants } from "../../src/e2b/templates/upload-grants.ts";

describe("buildPlanOf", () => {
  it("words the steps of a client as a build's", () => {
    const plan = buildPlanOf(
      {
        fromImage: "e2bdev/base:latest",
        steps: [
          { type: "COPY", args: ["a/*", "b", "", "0644"], filesHash: "h", force: true },
          { type: "RUN", args: ["make", "root"] },
          { type: "ENV", args: ["A", "1", "B", "2"] },
          { type: "WORKDIR", args: ["/app"] },
          { type: "USER", args: ["user"] },
        ],
        startCmd: "serve",
        readyCmd: "true",
      },
      { "e2bdev/base": "host" },
    );
    expect(plan).toEqual({
      from: "host",
      isForced: true,
      steps: [
        { kind: "COPY", from: "a/*", to: "b", files: "h", mode: "0644" },
        { kind: "RUN", command: "make", user: "root" },
        { kind: "ENV", variables: { A: "1", B: "2" } },
        { kind: "WORKDIR", path: "/app" },
        { kind: "USER", name: "user" },
      ],
      start: { command: "serve", ready: "true" },
    });
  });

  it("names templates by their tags, and images of registries", () => {
    expect(buildPlanOf({ fromTemplate: "base" }, {}).from).toBe("host");
    expect(buildPlanOf({ fromTemplate: "mine" }, {}).from).toBe("template:mine:default");
    expect(buildPlanOf({ fromTemplate: "mine:v1" }, {}).from).toBe("template:mine:v1");
    expect(buildPlanOf({ fromImage: "ubuntu:22.04" }, {}).from).toBe("image:ubuntu:22.04");
  });

  it("refuses what it cannot do", () => {
    expect(() => buildPlanOf({}, {})).toThrow("/fromImage");
    const copy = { fromTemplate: "base", steps: [{ type: "COPY", args: ["a", "b"] }] };
    expect(() => buildPlanOf(copy, {})).toThrow("/steps/0/filesHash");
    const other = { fromTemplate: "base", steps: [{ type: "VOLUME", args: ["/x"] }] };
    expect(() => buildPlanOf(other, {})).toThrow("/steps/0/type");
  });
});

describe("UploadGrants", () => {
  const grants = new UploadGrants("secret");
  const grant = { project: "p", hash: "h" };
  const query = () => new URL(grants.pathOf(grant, 1_000), "http://x").searchParams;

  it("allow what they were made for, for a while", () => {
    expect(grants.read(query(), 2_000)).toEqual(grant);
    expect(grants.read(query(), 1_000 + 3_600_001)).toBeUndefined();
  });

  it("allow nothing that was changed", () => {
    for (const [name, value] of Object.entries({
      project: "q",
      hash: "i",
      expires: "9999999999999",
    })) {
      const changed = query();
      changed.set(name, value);
      expect(grants.read(changed, 2_000), name).toBeUndefined();
    }
    expect(grants.read(new URLSearchParams(), 0)).toBeUndefined();
    expect(new UploadGrants("other").read(query(), 2_000)).toBeUndefined();
  });
});
