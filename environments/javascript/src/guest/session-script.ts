/**
 * Makes the declarations of a session's script repeatable: `let`, `const` and `class` at the top
 * level become `var`, as consoles of browsers and Node do it, so that a later script may declare
 * the same name again. Lines stay where they are, and columns up to the first class.
 */
export function relaxDeclarations(source: string): string {
  const scanner = new Scanner(source);
  while (scanner.step()) {
    // Each step does its own work.
  }
  return scanner.result;
}

/** Words after which a slash starts a regular expression. */
const operatorWords: ReadonlySet<string> = new Set(
  "return typeof case in of do else void delete throw new instanceof yield await".split(" "),
);

const wordPattern = /[\p{ID_Start}$_#\\][\p{ID_Continue}$\u200c\u200d]*/uy;
const spacePattern = /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))+/y;
const numberPattern = /\.?\d(?:[\w.]|(?<=[eE])[+-])*/y;
const quotePattern = /'(?:[^'\\\n]|\\[\s\S])*'?|"(?:[^"\\\n]|\\[\s\S])*"?/y;
/** Bounded, so that text that never closes one costs no more than its length. */
const regExpPattern = /\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.){0,999}\]){1,999}\/[\w$]*/y;
const templatePattern = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(`|\$\{|$)/y;

/** Reads tokens, knows how deep each stands, and writes the changed text. */
class Scanner {
  readonly #source: string;
  readonly #brackets: string[] = [];
  readonly #parts: string[] = [];
  #at = 0;
  /** The last token that is no space; empty at the beginning. */
  #last = "";
  #isNewLine = true;
  #isInClass = false;

  constructor(source: string) {
    this.#source = source;
  }

  get result(): string {
    return this.#parts.join("");
  }

  /** Reads one token; false at the end. */
  step(): boolean {
    if (this.#at >= this.#source.length) return false;
    const space = this.#match(spacePattern);
    if (space !== undefined) {
      this.#isNewLine ||= space.includes("\n");
      this.#parts.push(space);
      return true;
    }
    this.#token();
    this.#isNewLine = false;
    return true;
  }

  #token(): void {
    const word = this.#match(wordPattern);
    if (word !== undefined) {
      this.#parts.push(this.#brackets.length === 0 ? this.#relax(word) : word);
      this.#last = word;
      return;
    }
    const literal =
      this.#match(numberPattern) ??
      this.#match(quotePattern) ??
      (this.#startsRegExp() ? this.#match(regExpPattern) : undefined);
    if (literal !== undefined) {
      this.#parts.push(literal);
      this.#last = "0";
      return;
    }
    this.#punctuator(this.#source.charAt(this.#at++));
  }

  #punctuator(character: string): void {
    this.#parts.push(character);
    this.#last = character;
    if (character === "`") this.#template();
    else if ("([{".includes(character)) this.#brackets.push(character);
    else if (")]}".includes(character)) this.#close();
  }

  #close(): void {
    const opened = this.#brackets.pop();
    if (opened === "${") {
      this.#template();
      return;
    }
    if (this.#isInClass && opened === "{" && this.#brackets.length === 0) {
      this.#parts.push(";");
      this.#isInClass = false;
    }
  }

  /** From behind a backtick, or behind the brace that closes a substitution. */
  #template(): void {
    const text = this.#match(templatePattern) ?? "";
    this.#parts.push(text);
    if (text.endsWith("${")) this.#brackets.push("${");
    this.#last = text.endsWith("${") ? "{" : "0";
  }

  #relax(word: string): string {
    if (this.#last === ".") return word;
    if (word === "const") return "var  ";
    if (word === "let") return this.#follows(/\s*[\p{ID_Start}$_[{\\]/uy) ? "var" : word;
    if (word !== "class" || !this.#startsStatement()) return word;
    const name = /\s+([\p{ID_Start}$_][\p{ID_Continue}$]*)/uy;
    name.lastIndex = this.#at;
    const [, className] = name.exec(this.#source) ?? [];
    if (className === undefined) return word;
    this.#isInClass = true;
    return `var ${className} = class`;
  }

  #startsStatement(): boolean {
    if (["", ";", "}"].includes(this.#last)) return true;
    return this.#isNewLine && !this.#isOperator();
  }

  #startsRegExp(): boolean {
    return this.#source[this.#at] === "/" && this.#isOperator();
  }

  /** Whether an operand has to follow the last token. */
  #isOperator(): boolean {
    if (operatorWords.has(this.#last)) return true;
    return !/[\p{ID_Continue}$)\]}]$/u.test(this.#last);
  }

  #follows(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#source);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#source)?.[0];
    if (text === undefined || text === "") return undefined;
    this.#at += text.length;
    return text;
  }
}
