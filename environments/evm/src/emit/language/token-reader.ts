import { type Token, tokenize } from "./tokenize.ts";

/** A position in the tokens of a program, and the constants that its names may mean. */
export class TokenReader {
  readonly constants: ReadonlyMap<string, bigint>;
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(source: string, constants: ReadonlyMap<string, bigint>) {
    this.#tokens = tokenize(source);
    this.constants = constants;
  }

  peek(): Token {
    return this.#tokens[this.#position] as Token;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.#position++;
    return token;
  }

  /** Steps over the next token if it is `text`. */
  take(text: string): boolean {
    if (this.peek().text !== text || this.peek().kind === "end") return false;
    this.#position++;
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) throw this.unexpected(this.peek(), text);
  }

  word(): string {
    const token = this.next();
    if (token.kind !== "word") throw this.unexpected(token, "a name");
    return token.text;
  }

  unexpected(token: Token, wanted = "something else"): SyntaxError {
    return new SyntaxError(
      `Cannot read line ${token.line}: "${token.text}" where ${wanted} belongs`,
    );
  }
}
