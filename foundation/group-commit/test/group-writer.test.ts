import { expect, test } from "vitest";
import { GroupWriter } from "../src/index.ts";

function recordGroups(options: { readonly groupMax?: number; readonly waitingMax?: number } = {}) {
  const groups: (readonly number[])[] = [];
  const apply = async (requests: readonly number[]) => {
    groups.push(requests);
    await new Promise((resolve) => setImmediate(resolve));
    if (requests.includes(13)) throw new Error("the group failed");
    return requests.map((each) => each * 2);
  };
  return { groups, writer: new GroupWriter(apply, options) };
}

test("requests of one turn share a group, and answers find their requests", async () => {
  const { groups, writer } = recordGroups();
  expect(await Promise.all([1, 2, 3].map((each) => writer.submit(each)))).toEqual([2, 4, 6]);
  expect(groups).toEqual([[1, 2, 3]]);
});

test("requests that come while a group is written share the next one", async () => {
  const { groups, writer } = recordGroups();
  const first = writer.submit(1);
  await new Promise((resolve) => setImmediate(resolve));
  const later = [2, 3].map((each) => writer.submit(each));
  await Promise.all([first, ...later]);
  expect(groups).toEqual([[1], [2, 3]]);
});

test("a group is not larger than its limit", async () => {
  const { groups, writer } = recordGroups({ groupMax: 2 });
  await Promise.all([1, 2, 3, 4, 5].map((each) => writer.submit(each)));
  expect(groups).toEqual([[1, 2], [3, 4], [5]]);
});

test("a group that fails rejects its requests, and the next group is written", async () => {
  const { writer } = recordGroups({ groupMax: 2 });
  const all = await Promise.allSettled([1, 13, 2].map((each) => writer.submit(each)));
  expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
});

test("more waiting requests than the limit are refused at once", async () => {
  const { writer } = recordGroups({ waitingMax: 2 });
  const waiting = [1, 2].map((each) => writer.submit(each));
  expect(() => writer.submit(3)).toThrow(expect.objectContaining({ code: "quota.exceeded" }));
  await Promise.all(waiting);
  expect(await writer.submit(3)).toBe(6);
});

test("dispose waits for what was submitted", async () => {
  const { groups, writer } = recordGroups();
  const answer = writer.submit(1);
  await writer[Symbol.asyncDispose]();
  expect(groups).toHaveLength(1);
  expect(await answer).toBe(2);
});
