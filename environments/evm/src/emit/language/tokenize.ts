export interface Token {
  readonly kind: "word" | "number" | "sign" | "end";
  readonly text: string;
  readonly line: number;
}

// Signs that contain others stand before them.
const pattern =
  /(\s+|\/\/[^\n]*)|([A-Za-z_][A-Za-z0-9_.]*)|(0x[0-9a-fA-F_]+|[0-9][0-9_]*)|(->|>>s|<=s|>=s|<<|>>|<=|>=|==|!=|&&|\|\||\+=|-=|<s|>s|\/s|%s|[-+*/%&|^!<>=(){}[\],;:])/y;

/** Splits a program of the machine language into words, numbers and signs; ends with an `end`. */
export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 1;
  pattern.lastIndex = 0;
  while (pattern.lastIndex < source.length) {
    const start = pattern.lastIndex;
    const match = pattern.exec(source);
    if (match === null) throw new SyntaxError(`Cannot read ${source.slice(start, start + 20)}`);
    const [text, space, word, digits] = match;
    if (space !== undefined) {
      for (const character of space) if (character === "\n") line++;
    } else {
      const kind = word !== undefined ? "word" : digits !== undefined ? "number" : "sign";
      tokens.push({ kind, text, line });
    }
  }
  tokens.push({ kind: "end", text: "", line });
  return tokens;
}
