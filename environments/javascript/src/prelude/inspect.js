import * as own from "./intrinsics.js";

/** Bounds of what one printed value may cost; they keep a log line readable and finite. */
const depthMax = 4;
const itemsMax = 100;
const lineMax = 76;
const charactersMax = 10_000;

/** Writes a value for people: strings as they are, everything else as `inspectNested` does. */
export function inspect(value) {
  return typeof value === "string" ? value : inspectNested(value, { depth: 0, open: [] });
}

function inspectNested(value, at) {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "number":
      return Object.is(value, -0) ? "-0" : `${value}`;
    case "bigint":
      return `${value}n`;
    case "symbol":
      return own.symbolToString(value);
    case "function":
      return inspectFunction(value);
    case "object":
      return value === null ? "null" : inspectObject(value, at);
    default:
      return `${value}`;
  }
}

function quote(text) {
  const isLong = text.length > charactersMax;
  const shown = isLong ? own.stringSlice(text, 0, charactersMax) : text;
  const more = isLong ? `... ${text.length - charactersMax} more characters` : "";
  const escaped = own.stringReplaceAll(own.stringReplaceAll(shown, "\\", "\\\\"), "\n", "\\n");
  return `'${own.stringReplaceAll(escaped, "'", "\\'")}'${more}`;
}

function inspectFunction(value) {
  const isClass = own.stringStartsWith(own.functionToString(value), "class");
  const name = dataOf(value, "name");
  const label = typeof name === "string" && name !== "" ? `: ${name}` : " (anonymous)";
  return isClass ? `[class${label}]` : `[Function${label}]`;
}

function inspectObject(value, at) {
  if (includes(at.open, value)) return "[Circular]";
  if (isError(value) && at.depth > 0) return `[${describeError(value)}]`;
  const name = nameOf(value);
  if (at.depth > depthMax) return own.isArray(value) ? "[Array]" : `[${name || "Object"}]`;
  const inner = { depth: at.depth + 1, open: [...at.open, value] };
  return inspectKind(value, { name, inner }) ?? inspectPlain(value, { name, inner });
}

/** Objects that print by what they hold. Each test reads an internal slot, so none can be forged. */
function inspectKind(value, { name, inner }) {
  if (isError(value)) return describeError(value);
  if (own.isArray(value)) return inspectList(value, { label: "", inner });
  const kind = attempt(() => own.typedArrayName(value));
  if (kind !== undefined) return inspectList(value, { label: `${kind}(${value.length}) `, inner });
  return (
    attempt(() => own.regExpToString(instanceOf(value, RegExp))) ??
    attempt(() => inspectDate(value)) ??
    attempt(() => inspectMap(value, inner)) ??
    attempt(() => inspectSet(value, inner)) ??
    attempt(() => `ArrayBuffer { byteLength: ${own.bufferBytes(value)} }`) ??
    inspectOpaque(value, name)
  );
}

function inspectOpaque(value, name) {
  for (const type of [Promise, WeakMap, WeakSet]) {
    if (attempt(() => value instanceof type)) return `${name} {}`;
  }
  return undefined;
}

function inspectDate(value) {
  const time = own.dateGetTime(value);
  return Number.isNaN(time) ? "Invalid Date" : own.dateToIsoString(value);
}

function inspectMap(value, inner) {
  const label = `Map(${own.mapSize(value)}) `;
  const parts = [];
  own.mapForEach(value, (each, key) => {
    if (parts.length >= itemsMax) return;
    own.arrayPush(parts, `${inspectNested(key, inner)} => ${inspectNested(each, inner)}`);
  });
  return label + wrap(withMore(parts, own.mapSize(value)), { open: "{", close: "}", inner });
}

function inspectSet(value, inner) {
  const label = `Set(${own.setSize(value)}) `;
  const parts = [];
  own.setForEach(value, (each) => {
    if (parts.length < itemsMax) own.arrayPush(parts, inspectNested(each, inner));
  });
  return label + wrap(withMore(parts, own.setSize(value)), { open: "{", close: "}", inner });
}

function inspectList(value, { label, inner }) {
  const { length } = value;
  const parts = [];
  for (let i = 0; i < length && i < itemsMax; i++) {
    own.arrayPush(parts, inspectMember(value, { key: i, inner }) ?? "<empty>");
  }
  return label + wrap(withMore(parts, length), { open: "[", close: "]", inner });
}

function inspectPlain(value, { name, inner }) {
  const keys = attempt(() => own.objectKeys(value)) ?? [];
  const parts = [];
  for (let i = 0; i < keys.length && i < itemsMax; i++) {
    const shown = isName(keys[i]) ? keys[i] : quote(keys[i]);
    own.arrayPush(parts, `${shown}: ${inspectMember(value, { key: keys[i], inner })}`);
  }
  const label = name === "Object" || name === "" ? "" : `${name} `;
  const isBare = attempt(() => own.getPrototypeOf(value)) === null;
  const prefix = isBare ? "[Object: null prototype] " : label;
  return prefix + wrap(withMore(parts, keys.length), { open: "{", close: "}", inner });
}

/** A member's text; a getter is named, never called. */
function inspectMember(value, { key, inner }) {
  const found = attempt(() => own.getOwnPropertyDescriptor(value, key));
  if (found === undefined) return undefined;
  if (own.hasOwn(found, "value")) return inspectNested(found.value, inner);
  return found.set === undefined ? "[Getter]" : "[Getter/Setter]";
}

function withMore(parts, total) {
  if (total > itemsMax) own.arrayPush(parts, `... ${total - itemsMax} more items`);
  return parts;
}

/** On one line where it fits, else one part a line. */
function wrap(parts, { open, close, inner }) {
  if (parts.length === 0) return open + close;
  const line = own.arrayJoin(parts, ", ");
  const indent = own.stringRepeat("  ", inner.depth);
  const isShort = line.length + indent.length <= lineMax;
  if (isShort) return open === "[" ? `[ ${line} ]` : `{ ${line} }`;
  const outer = own.stringRepeat("  ", inner.depth - 1);
  return `${open}\n${indent}${own.arrayJoin(parts, `,\n${indent}`)}\n${outer}${close}`;
}

/** Name, message and stack of an error, as the script's author needs them. */
export function describeError(error) {
  if (!isError(error)) return inspectNested(error, { depth: 0, open: [] });
  const name = textOf(
    attempt(() => error.name),
    "Error",
  );
  const message = textOf(
    attempt(() => error.message),
    "",
  );
  const head = message === "" ? name : `${name}: ${message}`;
  const stack = ownFrames(
    textOf(
      attempt(() => error.stack),
      "",
    ),
  );
  const cause = dataOf(error, "cause");
  const because = isError(cause) && cause !== error ? `\n  [cause]: ${headOf(cause)}` : "";
  return (stack === "" ? head : `${head}\n${stack}`) + because;
}

function headOf(error) {
  return `${textOf(
    attempt(() => error.name),
    "Error",
  )}: ${textOf(
    attempt(() => error.message),
    "",
  )}`;
}

/** The stack without the frames of the prelude and without the last line break. */
function ownFrames(stack) {
  const lines = [];
  for (const line of own.stringSplit(stack, "\n")) {
    if (line !== "" && !line.includes("(bedplate:")) own.arrayPush(lines, line);
  }
  return own.arrayJoin(lines, "\n");
}

function isError(value) {
  return Error.isError ? Error.isError(value) : own.objectToString(value) === "[object Error]";
}

function nameOf(value) {
  const prototype = attempt(() => own.getPrototypeOf(value));
  const maker = prototype ? dataOf(prototype, "constructor") : undefined;
  const name = typeof maker === "function" ? dataOf(maker, "name") : "";
  return typeof name === "string" ? name : "";
}

/** A data property's value; a getter is not called. */
function dataOf(value, key) {
  return attempt(() => own.getOwnPropertyDescriptor(value, key))?.value;
}

function isName(key) {
  return /^[A-Za-z_$][\w$]*$/.test(key);
}

function textOf(value, otherwise) {
  return typeof value === "string" ? value : otherwise;
}

function includes(list, value) {
  for (let i = 0; i < list.length; i++) if (list[i] === value) return true;
  return false;
}

function instanceOf(value, type) {
  if (value instanceof type) return value;
  throw new TypeError("another type");
}

/** A proxy's trap may throw: then there is nothing to show. A full memory is no such reason. */
function attempt(read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof InternalError) throw error;
    return undefined;
  }
}
