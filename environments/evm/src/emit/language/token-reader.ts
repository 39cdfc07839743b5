import { lineOf, type Token, tokenAt } from "./tokenize.ts";

/** A position in the tokens of a program, and the constants that its names may mean. */
export class TokenReader {
  readonly constants: ReadonlyMap<string, bigint>;
  readonly #source: string;
  #current: Token;

  constructor(source: string, constants: ReadonlyMap<string, bigint>) {
    this.constants = constants;
    this.#source = source;
    this.#current = tokenAt(source, 0);
  }

  peek(): Token {
    return this.#current;
  }

  next(): Token {
    const token = this.#current;
    this.#current = tokenAt(this.#source, token.at + token.text.length);
    return token;
  }

  /** Steps over the next token if it is `text`. */
  take(text: string): boolean {
    if (this.#current.text !== text) return false;
    this.next();
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
    const line = lineOf(this.#source, token.at);
    return new SyntaxError(`Cannot read line ${line}: "${token.text}" where ${wanted} belongs`);
  }
}
