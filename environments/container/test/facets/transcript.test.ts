import { describe, expect, it } from "vitest";
import { Transcript } from "../../src/facets/transcript.ts";

const never = new AbortController().signal;

describe("a transcript", () => {
  it("tells a first reader everything, and makes the process wait until then", async () => {
    const transcript = new Transcript({ keptMax: 100 });
    await transcript.add("stdout", new Uint8Array(100).fill(1));
    let isTaken = false;
    const adding = transcript.add("stdout", new Uint8Array(50).fill(2)).then(() => {
      isTaken = true;
      transcript.end();
    });
    await new Promise(setImmediate);
    expect(isTaken).toBe(false);
    const pieces = await Array.fromAsync(transcript.read(0, never));
    await adding;
    expect(pieces.map(({ at, data }) => [at, data.length])).toEqual([
      [0, 100],
      [100, 50],
    ]);
  });

  it("keeps the last bytes for who comes later, with where they are", async () => {
    const transcript = new Transcript({ keptMax: 10 });
    const first = transcript.read(0, never);
    const reading = first.next();
    await transcript.add("stdout", Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    await reading;
    await first.return(undefined);
    for (let at = 0; at < 4; at += 1) await transcript.add("stderr", new Uint8Array(8).fill(at));
    transcript.end();
    const pieces = await Array.fromAsync(transcript.read(0, never));
    expect(pieces[0]?.at).toBeGreaterThanOrEqual(16);
    expect(pieces.at(-1)).toMatchObject({ at: 32, stream: "stderr" });
  });

  it("goes on at a position within a piece", async () => {
    const transcript = new Transcript({ keptMax: 100 });
    await transcript.add("tty", Uint8Array.of(1, 2, 3, 4));
    transcript.end();
    const [piece] = await Array.fromAsync(transcript.read(2, never));
    expect(piece).toEqual({ stream: "tty", data: Uint8Array.of(3, 4), at: 2 });
  });

  it("ends reading when the reader leaves", async () => {
    const transcript = new Transcript({ keptMax: 100 });
    const leaving = new AbortController();
    const reading = Array.fromAsync(transcript.read(0, leaving.signal));
    leaving.abort();
    expect(await reading).toEqual([]);
  });
});
