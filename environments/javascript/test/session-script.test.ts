import fc from "fast-check";
import { expect, test } from "vitest";
import { relaxDeclarations } from "../src/guest/session-script.ts";

test.each([
  ["const a = 1; let b = 2", "var   a = 1; var b = 2"],
  ["let { a, b } = c; let [d] = e;", "var { a, b } = c; var [d] = e;"],
  ["{ const a = 1; } for (const b of c) let_();", "{ const a = 1; } for (const b of c) let_();"],
  ["f(() => { let a; }); let b", "f(() => { let a; }); var b"],
  [
    `'const a'; "let b"; \`const \${\`let \${1}\`} let\`; let c`,
    `'const a'; "let b"; \`const \${\`let \${1}\`} let\`; var c`,
  ],
  ["// let a\n/* const b */ const c = 1", "// let a\n/* const b */ var   c = 1"],
  ["const r = /['\"`{]/g; let b", "var   r = /['\"`{]/g; var b"],
  ["const half = a / 2; let c = b / 2 / '3'", "var   half = a / 2; var c = b / 2 / '3'"],
  ["class A {}\n(1)", "var A = class A {};\n(1)"],
  ["x = class A {}; o.const; o.let", "x = class A {}; o.const; o.let"],
  [
    "class A extends f({}) { m() { class B {} } }\nclass C {}",
    "var A = class A extends f({}) { m() { class B {} } };\nvar C = class C {};",
  ],
  ["let", "let"],
  ["let = 5", "let = 5"],
  ["return /[/]let/.test(x); let y", "return /[/]let/.test(x); var y"],
])("%s", (source, expected) => {
  expect(relaxDeclarations(source)).toBe(expected);
});

test("any text ends, and keeps its lines", () => {
  const word = fc.constantFrom(
    "let ",
    "const ",
    "class A",
    "`",
    "${",
    "}",
    "{",
    "/",
    "'",
    "\\",
    "\n",
    "(",
    "a",
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(word).map((each) => each.join("")),
  );
  fc.assert(
    fc.property(text, (source) => {
      expect(relaxDeclarations(source).split("\n")).toHaveLength(source.split("\n").length);
    }),
    { numRuns: 2000 },
  );
});
