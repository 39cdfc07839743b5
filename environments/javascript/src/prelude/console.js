import { inspect } from "./inspect.js";
import * as own from "./intrinsics.js";

/** Makes `console` and `print` over a function that writes text to a stream. */
export function makeConsole(write) {
  const state = { indent: "", counts: new Map(), starts: new Map() };
  const line = (stream, values) => {
    const text = format(values);
    const shown =
      state.indent === ""
        ? text
        : state.indent + own.stringReplaceAll(text, "\n", `\n${state.indent}`);
    write(stream, `${shown}\n`);
  };
  const out = (...values) => line("stdout", values);
  const err = (...values) => line("stderr", values);
  return {
    log: out,
    info: out,
    debug: out,
    warn: err,
    error: err,
    dir: (value) => out(value),
    trace: (...values) => err(`Trace: ${format(values)}\n${new Error().stack}`),
    assert: (isTrue, ...values) => {
      if (!isTrue)
        err(...(values.length > 0 ? ["Assertion failed:", ...values] : ["Assertion failed"]));
    },
    ...makeGroups(state, out),
    ...makeCounters(state, { out, err }),
    table: (value) => out(tableText(value)),
  };
}

function makeGroups(state, out) {
  const group = (...values) => {
    if (values.length > 0) out(...values);
    state.indent += "  ";
  };
  const groupEnd = () => {
    state.indent = own.stringSlice(state.indent, 2);
  };
  return { group, groupCollapsed: group, groupEnd };
}

function makeCounters(state, { out, err }) {
  return {
    count: (label = "default") => {
      const next = (own.mapGet(state.counts, label) ?? 0) + 1;
      own.mapSet(state.counts, label, next);
      out(`${label}: ${next}`);
    },
    countReset: (label = "default") => {
      own.mapDelete(state.counts, label);
    },
    time: (label = "default") => {
      own.mapSet(state.starts, label, own.dateNow());
    },
    timeEnd: (label = "default") => {
      const start = own.mapGet(state.starts, label);
      if (start === undefined) return err(`No such label '${label}' for console.timeEnd()`);
      own.mapDelete(state.starts, label);
      return out(`${label}: ${own.dateNow() - start}ms`);
    },
  };
}

/** Joins values with blanks; the first may be a format with %s %d %i %f %j %o %O %c. */
export function format(values) {
  if (typeof values[0] !== "string" || values.length === 1) {
    return own.arrayJoin(
      own.arrayMap(values, (each) => inspect(each)),
      " ",
    );
  }
  let next = 1;
  const head = values[0].replace(/%([sdifjoOc%])/g, (whole, kind) => {
    if (kind === "%") return "%";
    if (next >= values.length) return whole;
    return formatOne(kind, values[next++]);
  });
  const rest = [];
  for (let i = next; i < values.length; i++) own.arrayPush(rest, inspect(values[i]));
  return rest.length === 0 ? head : `${head} ${own.arrayJoin(rest, " ")}`;
}

function formatOne(kind, value) {
  switch (kind) {
    case "d":
    case "f":
      return `${typeof value === "bigint" ? `${value}n` : Number(value)}`;
    case "i":
      return `${typeof value === "bigint" ? `${value}n` : Math.trunc(Number(value))}`;
    case "j":
      return own.jsonStringify(value) ?? "undefined";
    case "c":
      return "";
    case "s":
      return typeof value === "object" ? inspect(value) : String(value);
    default:
      return inspect(value);
  }
}

/** Rows with the columns of their members; anything that is no table prints as itself. */
function tableText(value) {
  if (typeof value !== "object" || value === null) return inspect(value);
  const rows = own.arrayMap(own.objectKeys(value), (key) => [key, value[key]]);
  const columns = [];
  for (const [, row] of rows) {
    const names = typeof row === "object" && row !== null ? own.objectKeys(row) : ["Values"];
    for (const name of names) if (!columns.includes(name)) own.arrayPush(columns, name);
  }
  const cells = own.arrayMap(rows, ([key, row]) => [
    key,
    ...own.arrayMap(columns, (column) => cellText(row, column)),
  ]);
  return drawTable([["(index)", ...columns], ...cells]);
}

function cellText(row, column) {
  if (typeof row !== "object" || row === null) return column === "Values" ? inspect(row) : "";
  return own.hasOwn(row, column) ? inspect(row[column]) : "";
}

function drawTable(lines) {
  const widths = own.arrayMap(lines[0], (_, i) =>
    lines.reduce((most, line) => Math.max(most, line[i].length), 0),
  );
  const draw = (line) =>
    `| ${own.arrayJoin(
      own.arrayMap(line, (cell, i) => own.stringPadEnd(cell, widths[i])),
      " | ",
    )} |`;
  const rule = `|${own.arrayJoin(
    own.arrayMap(widths, (width) => own.stringRepeat("-", width + 2)),
    "|",
  )}|`;
  const [head, ...body] = own.arrayMap(lines, draw);
  return own.arrayJoin([head, rule, ...body], "\n");
}
