import type { BuildStepView } from "@bedplate/routes";

/** What a Dockerfile says, as far as templates know its words. */
export interface ReadDockerfile {
  /** A root reference. */
  readonly from: string;
  /** COPY steps name the files that they need; whoever uploads them fills `files` in. */
  readonly steps: readonly BuildStepView[];
}

/** The archive of a COPY step, until it is uploaded. */
export const contextFiles = "context";

/**
 * Reads a Dockerfile with one stage: FROM, RUN, COPY, ADD (files only), ENV, ARG, WORKDIR, USER, CMD
 * and ENTRYPOINT; words that say nothing of files (EXPOSE, LABEL ...) are passed over. FROM names an
 * image, `host`, `scratch` is refused, and `template:NAME` stands for a template.
 */
export function readDockerfile(text: string): ReadDockerfile {
  const reading: Reading = { steps: [], words: new Map(), entry: [], from: undefined };
  for (const { line, at } of logicalLines(text)) {
    const [, word = "", rest = ""] = /^(\S+)\s*(.*)$/s.exec(line) ?? [];
    readWord(reading, { word: word.toUpperCase(), rest: rest.trim(), at });
  }
  if (reading.from === undefined) throw new Error("Cannot read the Dockerfile: it has no FROM");
  return { from: reading.from, steps: reading.steps };
}

interface Reading {
  readonly steps: BuildStepView[];
  /** What ARG and ENV gave names so far. */
  readonly words: Map<string, string>;
  entry: readonly string[];
  from: string | undefined;
}

interface Line {
  readonly word: string;
  readonly rest: string;
  readonly at: number;
}

const passedOver = new Set(["EXPOSE", "LABEL", "MAINTAINER", "STOPSIGNAL", "HEALTHCHECK", "SHELL"]);

function readWord(reading: Reading, line: Line): void {
  const { word, rest } = line;
  if (passedOver.has(word)) return;
  const read = readers[word];
  if (read === undefined) throw wrong(line, `${word} is not known`);
  if (rest === "") throw wrong(line, `${word} says nothing`);
  if (reading.from === undefined && word !== "FROM" && word !== "ARG")
    throw wrong(line, "FROM comes first");
  read(reading, line);
}

const readers: Readonly<Record<string, (reading: Reading, line: Line) => void>> = {
  FROM: readFrom,
  ARG: (reading, { rest }) => {
    const [name = "", ...value] = rest.split("=");
    reading.words.set(name, unquoted(value.join("=")));
  },
  ENV: readEnv,
  RUN: (reading, line) => {
    const words = jsonWords(line.rest);
    const command = words === undefined ? line.rest : words.map(quoted).join(" ");
    if (words === undefined && line.rest.startsWith("--"))
      throw wrong(line, "RUN with options is not known");
    reading.steps.push({ kind: "RUN", command: argumentsBefore(reading) + command });
  },
  COPY: readCopy,
  ADD: readCopy,
  WORKDIR: (reading, { rest }) =>
    void reading.steps.push({ kind: "WORKDIR", path: filled(unquoted(rest), reading) }),
  USER: (reading, { rest }) =>
    void reading.steps.push({ kind: "USER", name: filled(unquoted(rest), reading) }),
  ENTRYPOINT: (reading, { rest }) => {
    reading.entry = commandWords(rest);
    reading.steps.push({ kind: "CMD", words: reading.entry });
  },
  CMD: (reading, { rest }) =>
    void reading.steps.push({ kind: "CMD", words: [...reading.entry, ...commandWords(rest)] }),
};

function readFrom(reading: Reading, line: Line): void {
  if (reading.from !== undefined) throw wrong(line, "several stages are not known");
  const words = line.rest.split(/\s+/).filter((each) => !each.startsWith("--platform="));
  const [name = ""] = words;
  if (words.length > 1 && words[1]?.toUpperCase() !== "AS")
    throw wrong(line, "FROM names one image");
  const image = filled(name, reading);
  if (image === "scratch") throw wrong(line, "scratch has no shell that could do a step");
  const isReference = image === "host" || /^(template|image|artifact):/.test(image);
  reading.from = isReference ? image : `image:${image}`;
}

function readEnv(reading: Reading, line: Line): void {
  const variables: Record<string, string> = {};
  const pairs = [
    ...line.rest.matchAll(/([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|'[^']*'|(?:\\.|[^\s\\])*)/g),
  ];
  if (pairs.length === 0) {
    const [, name, value = ""] = /^(\S+)\s+(.*)$/s.exec(line.rest) ?? [];
    if (name === undefined) throw wrong(line, "ENV is NAME=VALUE");
    variables[name] = filled(unquoted(value), reading);
  }
  for (const [, name = "", value = ""] of pairs) variables[name] = filled(unquoted(value), reading);
  for (const [name, value] of Object.entries(variables)) reading.words.set(name, value);
  reading.steps.push({ kind: "ENV", variables });
}

function readCopy(reading: Reading, line: Line): void {
  const options: { owner?: string; mode?: string } = {};
  let { rest } = line;
  for (
    let match = /^--(\w+)=(\S+)\s+/.exec(rest);
    match !== null;
    match = /^--(\w+)=(\S+)\s+/.exec(rest)
  ) {
    const [whole, name, value = ""] = match;
    if (name === "chown") options.owner = filled(value, reading);
    else if (name === "chmod") options.mode = value;
    else throw wrong(line, `--${name} is not known`);
    rest = rest.slice(whole.length);
  }
  const words = (jsonWords(rest) ?? rest.split(/\s+/)).map((each) =>
    filled(unquoted(each), reading),
  );
  const to = words.pop();
  if (to === undefined || words.length === 0) throw wrong(line, "COPY is FROM... TO");
  const isMany = words.length > 1;
  for (const from of words) {
    if (/^https?:/.test(from))
      throw wrong(line, "files come from the context, not from the network");
    const place = isMany && !to.endsWith("/") ? `${to}/` : to;
    reading.steps.push({ kind: "COPY", from, to: place, files: contextFiles, ...options });
  }
}

/** Lines with what continues them, without comments. */
function* logicalLines(text: string): Generator<{ readonly line: string; readonly at: number }> {
  let held = "";
  let first = 0;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    if (/^\s*#/.test(raw)) continue;
    if (held === "") first = index + 1;
    const isContinued = /\\\s*$/.test(raw);
    held += isContinued ? `${raw.replace(/\\\s*$/, "")} ` : raw;
    if (isContinued) continue;
    if (held.trim() !== "") yield { line: held.trim(), at: first };
    held = "";
  }
  if (held.trim() !== "") yield { line: held.trim(), at: first };
}

function jsonWords(rest: string): readonly string[] | undefined {
  if (!rest.startsWith("[")) return undefined;
  try {
    const words: unknown = JSON.parse(rest);
    const isWords = Array.isArray(words) && words.every((each) => typeof each === "string");
    return isWords && words.length > 0 ? words : undefined;
  } catch {
    return undefined;
  }
}

function commandWords(rest: string): readonly string[] {
  return jsonWords(rest) ?? ["/bin/sh", "-c", rest];
}

/** ARG is known to RUN without being a variable of machines. */
function argumentsBefore({ words, steps }: Reading): string {
  const variables = new Set(
    steps.flatMap((each) => (each.kind === "ENV" ? Object.keys(each.variables) : [])),
  );
  const given = [...words].filter(([name]) => !variables.has(name));
  return given.map(([name, value]) => `export ${name}=${quoted(value)}; `).join("");
}

function filled(text: string, { words }: Reading): string {
  return text.replace(
    /\\\$|\$\{(\w+)(?::-([^}]*))?\}|\$(\w+)/g,
    (whole, braced?: string, otherwise?: string, plain?: string) => {
      if (whole === "\\$") return "$";
      return words.get(braced ?? plain ?? "") ?? otherwise ?? "";
    },
  );
}

function unquoted(text: string): string {
  const [, single] = /^'([^']*)'$/.exec(text) ?? [];
  if (single !== undefined) return single;
  const [, double] = /^"((?:[^"\\]|\\.)*)"$/.exec(text) ?? [];
  return double === undefined ? text.replaceAll("\\ ", " ") : double.replaceAll(/\\(["\\])/g, "$1");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function wrong({ at }: Line, why: string): Error {
  return new Error(`Cannot read the Dockerfile: line ${at}: ${why}`);
}
