import type { Budget, Outcome } from "@bedplate/environment";

/** A program that means ill, and how it has to end. */
export interface HostileProgram {
  readonly name: string;
  readonly source: string;
  readonly budget?: Budget;
  readonly ends: Partial<Outcome> | readonly Partial<Outcome>[];
  /** What it must have printed. */
  readonly says?: string | RegExp;
}

const mebibyte = 1024 * 1024;

/** What every hostile program may use, unless it says otherwise. */
export const hostileBudget: Budget = {
  fuel: 3_000_000_000,
  wallMs: 60_000,
  memoryBytes: 32 * mebibyte,
  outputBytes: mebibyte,
};

const outOfFuel = { kind: "exhausted", meter: "fuel" } as const;
const outOfMemory = { kind: "exhausted", meter: "memoryBytes" } as const;
const outOfOutput = { kind: "exhausted", meter: "outputBytes" } as const;
const threw = { kind: "reverted", exitCode: 1 } as const;
const fine = { kind: "returned", exitCode: 0 } as const;

const loops: readonly HostileProgram[] = [
  { name: "an endless loop", source: "for (;;);", ends: outOfFuel },
  {
    name: "an endless loop, by the clock",
    source: "for (;;);",
    budget: { wallMs: 300, fuel: 1e12 },
    ends: { kind: "exhausted", meter: "wallMs" },
  },
  {
    name: "a loop that catches everything",
    source: "for (;;) { try { missing(); } catch {} finally { try { also(); } catch {} } }",
    ends: outOfFuel,
  },
  {
    name: "jobs that make jobs",
    source: "(function again() { Promise.resolve().then(again); })();",
    ends: outOfFuel,
  },
  {
    name: "chance without end",
    source: "const many = new Uint8Array(65536); for (;;) crypto.getRandomValues(many);",
    ends: outOfFuel,
  },
  {
    name: "chance without end, by the clock",
    source: "const many = new Uint8Array(65536); for (;;) crypto.getRandomValues(many);",
    budget: { wallMs: 300, fuel: 1e12 },
    ends: { kind: "exhausted", meter: "wallMs" },
  },
  { name: "timers that make timers", source: "setInterval(() => {}, 0);", ends: outOfFuel },
  {
    name: "a regular expression that backtracks for ever",
    source: "/(a+)+b/.test('a'.repeat(64));",
    ends: outOfFuel,
  },
  {
    name: "an iterator that never ends",
    source: "const o = { *[Symbol.iterator]() { for (;;) yield 1; } }; for (const x of o);",
    ends: outOfFuel,
  },
  {
    name: "a sort whose comparison never ends",
    source: "[2, 1].sort(() => { for (;;); });",
    ends: outOfFuel,
  },
  {
    name: "an accessor that never ends, printed",
    source: "JSON.stringify({ get x() { for (;;); } });",
    ends: outOfFuel,
  },
  {
    name: "a thenable that never settles",
    source: "await { then() { for (;;); } };",
    ends: outOfFuel,
  },
];

const memory: readonly HostileProgram[] = [
  {
    name: "many small objects",
    source: "const all = []; for (;;) all.push({});",
    ends: outOfMemory,
  },
  {
    name: "many promises",
    source: "for (;;) Promise.resolve().then(() => {});",
    ends: outOfMemory,
  },
  {
    name: "many rejections",
    source: "for (;;) Promise.reject(1);",
    ends: outOfMemory,
  },
  {
    name: "many timers",
    source: "for (;;) setTimeout(() => {}, 1);",
    budget: { fuel: 20e9 },
    ends: outOfMemory,
  },
  {
    name: "a loop that catches the end of memory and goes on",
    source: "const all = []; for (;;) { try { all.push(new Array(100).fill(1.5)); } catch {} }",
    ends: outOfMemory,
  },
  {
    name: "a loop that catches the end of memory and calls itself",
    source: "const all = []; function f() { try { for (;;) all.push({}); } catch { f(); } } f();",
    ends: outOfMemory,
  },
  {
    name: "one huge array",
    source: "new Array(1e9).fill(0);",
    ends: outOfMemory,
  },
  {
    name: "one huge buffer",
    source: "new ArrayBuffer(2 ** 31);",
    ends: [threw, outOfMemory],
  },
  { name: "a large buffer", source: "new ArrayBuffer(2 ** 30);", ends: outOfMemory },
  { name: "a huge text", source: "'x'.repeat(2 ** 29);", ends: [threw, outOfMemory] },
  { name: "a doubled text", source: "let s = 'x'; for (;;) s += s;", ends: [threw, outOfMemory] },
  { name: "a huge exponent", source: "2n ** (2n ** 40n);", ends: threw },
  {
    name: "a growing exponent",
    source: "let n = 3n; for (;;) n *= n;",
    ends: [threw, outOfMemory, outOfFuel],
  },
  {
    name: "freed and taken in turn, so that nothing fits",
    source: `const kept = [];
      for (let size = 1000; ; size += 1000) {
        const round = [];
        for (let i = 0; i < 200; i++) round.push(new Uint8Array(size));
        for (let i = 0; i < 200; i += 2) kept.push(round[i]);
      }`,
    ends: outOfMemory,
  },
  {
    name: "the end of memory, handled",
    source: `let all = [];
      try { for (;;) all.push({}); } catch (error) { all = []; print(String(error)); }`,
    ends: fine,
    says: "InternalError: out of memory\n",
  },
];

const depth: readonly HostileProgram[] = [
  {
    name: "deep recursion, caught",
    source:
      "let n = 0; const f = () => { n++; f(); }; try { f(); } catch (e) { print(e.name, n > 1000); }",
    ends: fine,
    says: "RangeError true\n",
  },
  { name: "deep recursion", source: "const f = () => f() + 1; f();", ends: threw },
  { name: "deep JSON", source: "JSON.parse('['.repeat(1e6));", ends: threw },
  {
    name: "a deep object as JSON",
    source: "let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; JSON.stringify(o);",
    ends: [threw, outOfFuel],
  },
  { name: "a deep program", source: "eval('('.repeat(1e5));", ends: threw },
  { name: "a deep array literal", source: "eval('['.repeat(1e5));", ends: threw },
  {
    name: "a deep regular expression",
    source: "new RegExp('(?:'.repeat(1e5) + ')'.repeat(1e5));",
    ends: [threw, fine],
  },
  {
    name: "proxies around proxies",
    source: "let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.x;",
    ends: [threw, outOfMemory],
  },
  {
    name: "a text of itself",
    source: "const o = { toString() { return '' + o; } }; '' + o;",
    ends: threw,
  },
  {
    name: "a printed object of many levels",
    source: "let o = {}; for (let i = 0; i < 1e4; i++) o = { o }; console.log(o);",
    ends: fine,
    says: /\[Object\]/,
  },
];

const output: readonly HostileProgram[] = [
  { name: "a flood", source: "for (;;) print('water'.repeat(100));", ends: outOfOutput },
  {
    name: "a flood that catches everything",
    source: "for (;;) { try { process.stderr.write('water'.repeat(1000)); } catch {} }",
    ends: outOfOutput,
  },
  {
    name: "a byte to each stream in turn",
    source: "for (;;) { process.stdout.write('o'); process.stderr.write('e'); }",
    ends: outOfOutput,
  },
  {
    name: "one huge line",
    source: "print('x'.repeat(2e6));",
    ends: outOfOutput,
  },
  {
    name: "a printed object that changes what is printed",
    source: `
      const o = new Proxy({}, {
        ownKeys() { throw new Error("trap"); },
        getOwnPropertyDescriptor() { for (;;); },
        getPrototypeOf() { throw new Error("trap"); },
      });
      console.log(o, [o], new Error("x", { cause: o }));
      Array.prototype.join = Map.prototype.get = String.prototype.replaceAll = () => "forged";
      Object.prototype.value = 7;
      console.log({ a: [1] }, "b");`,
    ends: fine,
    says: /\{ a: \[ 1 \] \} b\n$/,
  },
];

const reaching: readonly HostileProgram[] = [
  {
    name: "a search for the host",
    source: `
      const names = "require module __dirname fetch XMLHttpRequest WebAssembly Worker Deno Bun " +
        "bedplateHost bedplateKernel std os scriptArgs importScripts SharedWorker navigator";
      for (const name of names.split(" ")) if (name in globalThis) print("found", name);
      const seen = new Set();
      const walk = (value, path) => {
        if ((typeof value !== "object" && typeof value !== "function") || value === null) return;
        if (seen.has(value)) return;
        seen.add(value);
        if (typeof value === "function") {
          const text = Function.prototype.toString.call(value);
          if (/native code/.test(text) && /^(write|writeBytes|file)$/.test(value.name)) print("host function", path);
        }
        for (const key of Reflect.ownKeys(value)) {
          const found = Object.getOwnPropertyDescriptor(value, key);
          for (const each of [found.value, found.get, found.set]) walk(each, path + "." + String(key));
        }
        walk(Object.getPrototypeOf(value), path + ".__proto__");
      };
      walk(globalThis, "globalThis");
      const outer = (function () { return this; })();
      print(outer === globalThis, Function("return this")() === globalThis, seen.size > 500);
      print(typeof console.log.constructor("return process.binding")(), typeof process.mainModule);`,
    ends: fine,
    says: "true true true\nundefined undefined\n",
  },
  {
    name: "prototypes spoilt for the next run",
    source: `
      Object.prototype.polluted = Array.prototype[0] = "polluted";
      Object.defineProperty(Object.prototype, "then", { get() { print("then"); } });
      Promise.prototype.then = () => print("stolen");
      globalThis.print = globalThis.console = undefined;
      JSON.parse = JSON.stringify = Reflect.apply = () => { throw new Error("spoilt"); };`,
    ends: [fine, threw],
  },
  {
    name: "finalizers that bring themselves back",
    source: `
      const registry = new FinalizationRegistry(() => registry.register({}, 0));
      for (let i = 0; i < 1e5; i++) registry.register({}, 0);`,
    ends: [fine, outOfFuel],
  },
];

/** Every hostile program. */
export const hostilePrograms: readonly HostileProgram[] = [
  ...loops,
  ...memory,
  ...depth,
  ...output,
  ...reaching,
];
