/**
 * A script of the official suite, converted to JavaScript by the reference interpreter. It starts
 * with the definitions of the assertions; then each statement follows a comment with its place.
 */
export interface SpecScript {
  readonly name: string;
  readonly statementCount: number;
  /** The script as a function body; it calls `step(index, place, action)` for each statement. */
  readonly source: string;
}

const placePattern = /^\/\/ (\S+\.wast:[0-9-]+)$/;

/** Splits a converted script into statements that can fail one by one. */
export function readSpecScript(name: string, text: string): SpecScript {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => placePattern.test(line));
  const head = lines.slice(0, first < 0 ? lines.length : first).join("\n");
  const variables: string[] = [];
  const steps: string[] = [];
  let place = name;
  let pending: string[] = [];
  const flush = () => {
    const statement = pending.join("\n").trim();
    pending = [];
    if (statement === "") return;
    steps.push(toStep(statement, { index: steps.length, place, variables }));
  };
  for (const line of first < 0 ? [] : lines.slice(first)) {
    const found = placePattern.exec(line);
    if (found === null) {
      // A statement starts at the margin; what it continues with is indented or closes it.
      if (/^(let|assert_|run\(|register\()/.test(line)) flush();
      pending.push(line);
    } else {
      flush();
      place = found[1] as string;
    }
  }
  flush();
  const declared = variables.length > 0 ? `let ${[...new Set(variables)].join(", ")};` : "";
  return {
    name,
    statementCount: steps.length,
    source: `${head}\n${overrides}\n${declared}\n${steps.join("\n")}`,
  };
}

/** Puts the harness into the place of what makes and calls instances. */
const overrides = `
  const rawModule = module;
  module = (bytes, loc, valid = true) => harness.compile(rawModule(bytes, loc, valid), bytes);
  instance = (mod, imports = registry) => harness.instantiate(mod, imports);
  call = (inst, name, args) => harness.call(inst, name, args);
  assert_unlinkable = (mod) => harness.expectError(() => instance(mod), WebAssembly.LinkError);
  assert_uninstantiable = (mod) => harness.expectError(() => instance(mod), WebAssembly.RuntimeError);
  assert_exhaustion = (action) => harness.expectExhaustion(action);
`;

function toStep(
  statement: string,
  step: { readonly index: number; readonly place: string; readonly variables: string[] },
): string {
  const declaration = /^let (\S+) = /.exec(statement);
  if (declaration !== null) step.variables.push(declaration[1] as string);
  const body = declaration === null ? statement : statement.slice("let ".length);
  return `step(${step.index}, ${JSON.stringify(step.place)}, () => { ${body}\n});`;
}
