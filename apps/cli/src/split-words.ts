import { UsageError } from "./usage-error.ts";

/** Splits a command as a shell would, with quotes and backslashes and nothing else of a shell. */
export function splitWords(text: string): readonly string[] {
  const pattern = /\s*((?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+)\s*/gsy;
  const words: string[] = [];
  let end = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    words.push(unquote(match[1] ?? ""));
    end = pattern.lastIndex;
  }
  if (text.slice(end).trim() !== "") throw new UsageError(`a quote is not closed in ${text}`);
  return words;
}

function unquote(word: string): string {
  return word.replace(
    /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs,
    (_, double?: string, single?: string, escaped?: string) =>
      double?.replace(/\\(["\\])/g, "$1") ?? single ?? escaped ?? "",
  );
}
