import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeFrameHead, frameBytesMax, joinBytes, splitBytes } from "../src/channel/frame.ts";
import { FrameReader } from "../src/channel/frame-reader.ts";

test("frames come out as they went in, however the stream is cut", () => {
  const frame = fc.record({ header: fc.jsonValue(), body: fc.uint8Array({ maxLength: 300 }) });
  fc.assert(
    fc.property(
      fc.array(frame),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      (frames, cuts) => {
        const stream = joinBytes(
          frames.flatMap(({ header, body }) => [encodeFrameHead(header, body.length), body]),
        );
        const reader = new FrameReader();
        const read = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const step = cuts[i % cuts.length] ?? 1;
          read.push(...reader.push(stream.slice(at, at + step)));
          at += step;
        }
        const sent = frames.map(({ header, body }) => ({
          header: JSON.parse(JSON.stringify(header)),
          body: [...body],
        }));
        expect(read.map(({ header, body }) => ({ header, body: [...body] }))).toEqual(sent);
      },
    ),
  );
});

test("a frame that is too long is refused before its bytes are awaited", () => {
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setUint32(0, frameBytesMax + 1);
  expect(() => new FrameReader().push(prefix)).toThrow(RangeError);
});

test("parts that do not add up are refused", () => {
  expect(() => splitBytes(new Uint8Array(5), [2, 2])).toThrow(RangeError);
  expect(splitBytes(Uint8Array.of(1, 2, 3), [1, 0, 2]).map((each) => [...each])).toEqual([
    [1],
    [],
    [2, 3],
  ]);
});
