/** The longest event, in characters; a longer one ends the stream with an error. */
export const eventCharactersMax: number = 64 * 2 ** 20;

/** The `data` of each event of a server-sent event stream (WHATWG HTML, 9.2). */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    if (rest.length > eventCharactersMax)
      throw new Error("Cannot read the stream: an event is too long");
    for (const block of blocks) {
      const data = dataOf(block);
      if (data !== undefined) yield data;
    }
  }
}

/** Lines that begin with a colon keep the connection alive and say nothing. */
function dataOf(block: string): string | undefined {
  const lines = block.split("\n").filter((each) => each.startsWith("data:"));
  if (lines.length === 0) return undefined;
  return lines.map((each) => each.slice(each.startsWith("data: ") ? 6 : 5)).join("\n");
}
