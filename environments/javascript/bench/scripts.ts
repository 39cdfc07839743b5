/** Scripts that work an interpreter in five ways; each takes some tens of milliseconds. */
export const benchScripts: Readonly<Record<string, string>> = {
  calls: "const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2)); fib(24);",
  numbers: `
    const sieve = new Uint8Array(300_000);
    for (let i = 2; i < sieve.length; i++)
      if (!sieve[i]) for (let j = i * i; j < sieve.length; j += i) sieve[j] = 1;`,
  objects: `
    const counts = {};
    for (let i = 0; i < 60_000; i++) { const key = "k" + (i % 500); counts[key] = (counts[key] ?? 0) + 1; }
    Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));`,
  texts: `
    let text = "";
    for (let i = 0; i < 20_000; i++) text += "word" + i + " ";
    text.split(" ").map((each) => each.toUpperCase()).join("-").replace(/[AEIOU]/g, "").length;`,
  json: `
    const rows = Array.from({ length: 4000 }, (_, i) => ({ id: i, name: "row " + i, tags: [i, i + 1] }));
    for (let i = 0; i < 4; i++) JSON.parse(JSON.stringify(rows));`,
};
