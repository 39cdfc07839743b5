import type { RunOrder } from "../channel/messages.ts";

/** Touches what common scripts touch: output, numbers, texts, containers, classes, errors, files. */
export const warmUpSource = `
import json, math, re, random, datetime, os
from dataclasses import dataclass
@dataclass
class Point:
    x: int
    y: float = 0.5
values = {str(i): [i, i * 0.5, (i,)] for i in range(50)}
text = json.dumps(values) + f"{math.sqrt(2):.3f} {Point(1)!r}"
print(len(json.loads(text[: text.index("}") + 1])), sorted(values)[:3], file=open(os.devnull, "w"))
re.sub(r"(\\d+)-(\\w+)", r"\\2", "12-ab " * 20).split()
random.random(); datetime.datetime.now().isoformat(); sum(x * x for x in range(1000))
with open("/tmp/a", "w") as file:
    file.write(text)
print(open("/tmp/a").read()[:10])
def fail(n):
    return fail(n - 1) if n else 1 // n
try:
    fail(3)
except ZeroDivisionError as error:
    print(error)
fail(2)
`;

/** Bounds that the warm-up keeps well within. */
export const warmUpOrder: RunOrder = {
  order: "run",
  lengths: [],
  files: [],
  scriptName: "main.py",
  entry: "main",
  args: [],
  env: {},
  isSession: false,
  isDeterministic: true,
  now: 0,
  fuel: 10_000_000_000,
  endsAtMs: Number.MAX_SAFE_INTEGER,
  memoryBytes: 256 * 1024 * 1024,
  outputBytes: 65_536,
  eventsMax: 100,
  earlyEventsMax: 100,
};
