export interface Token {
  readonly kind: "word" | "number" | "sign" | "end";
  readonly text: string;
  /** Where it begins in the source. */
  readonly at: number;
}

// Signs that begin with others stand before them.
const longSigns = ["->", ">>s", "<=s", ">=s", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||"];
const moreSigns = ["+=", "-=", "<s", ">s", "/s", "%s"];
const signs = [...longSigns, ...moreSigns];
const singles = "-+*/%&|^!<>=(){}[],;:";
const [newline, space, slash, digit0, digit9] = [10, 32, 47, 48, 57];
/** Which of the 128 characters go on in a word, or in a number. */
const isWordPart = Uint8Array.from({ length: 128 }, (_, character) =>
  /[A-Za-z0-9_.]/.test(String.fromCharCode(character)) ? 1 : 0,
);

/** The token at or behind `from`; at the end of the source, an `end`. */
export function tokenAt(source: string, from: number): Token {
  const at = skipSpace(source, from);
  if (at >= source.length) return { kind: "end", text: "", at };
  const first = source.charCodeAt(at);
  if (isWordPart[first] === 1) {
    let end = at + 1;
    while (isWordPart[source.charCodeAt(end)] === 1) end++;
    const kind = first >= digit0 && first <= digit9 ? "number" : "word";
    return { kind, text: source.slice(at, end), at };
  }
  return { kind: "sign", text: signAt(source, at), at };
}

/** The number of the line, from 1 on. */
export function lineOf(source: string, at: number): number {
  return source.slice(0, at).split("\n").length;
}

function skipSpace(source: string, from: number): number {
  let at = from;
  for (;;) {
    const character = source.charCodeAt(at);
    if (character <= space) at++;
    else if (character === slash && source.charCodeAt(at + 1) === slash) {
      while (at < source.length && source.charCodeAt(at) !== newline) at++;
    } else return at;
  }
}

function signAt(source: string, at: number): string {
  const second = source[at + 1] as string;
  // Most signs stand alone: only these go on.
  if (second !== undefined && "=<>&|s".includes(second)) {
    const long = signs.find((sign) => source.startsWith(sign, at));
    if (long !== undefined) return long;
  }
  const single = source[at] as string;
  if (!singles.includes(single)) {
    throw new SyntaxError(`Cannot read line ${lineOf(source, at)}: ${single} is no sign`);
  }
  return single;
}
