import * as own from "./intrinsics.js";

/** Copies a value with its cycles, as the structured clone algorithm of the HTML standard does. */
export function structuredClone(value) {
  return cloneValue(value, new Map());
}

function cloneValue(value, seen) {
  if (typeof value === "symbol" || typeof value === "function") {
    throw new DOMException("The value cannot be cloned", "DataCloneError");
  }
  if (typeof value !== "object" || value === null) return value;
  if (own.mapHas(seen, value)) return own.mapGet(seen, value);
  return cloneLeaf(value, seen) ?? cloneBranch(value, seen);
}

/** Objects that hold no other objects. */
function cloneLeaf(value, seen) {
  const kind = own.objectToString(value);
  let copy;
  if (value instanceof Date) copy = new Date(own.dateGetTime(value));
  else if (value instanceof RegExp) copy = new RegExp(value.source, value.flags);
  else if (value instanceof ArrayBuffer) copy = own.bufferSlice(value, 0);
  else if (own.isView(value)) copy = cloneView(value, seen);
  else if (
    kind === "[object Boolean]" ||
    kind === "[object Number]" ||
    kind === "[object String]"
  ) {
    copy = Object(value.valueOf());
  }
  if (copy !== undefined) own.mapSet(seen, value, copy);
  return copy;
}

function cloneView(value, seen) {
  const buffer = cloneValue(value.buffer, seen);
  const name = own.typedArrayName(value);
  if (name === undefined) return new DataView(buffer, value.byteOffset, value.byteLength);
  return new globalThis[name](buffer, value.byteOffset, value.length);
}

function cloneBranch(value, seen) {
  if (value instanceof Map) return cloneMap(value, seen);
  if (value instanceof Set) return cloneSet(value, seen);
  if (value instanceof Error) return cloneError(value, seen);
  if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet) {
    throw new DOMException("The object cannot be cloned", "DataCloneError");
  }
  const copy = own.isArray(value) ? [] : {};
  own.mapSet(seen, value, copy);
  if (own.isArray(value)) copy.length = value.length;
  for (const key of own.objectKeys(value)) copy[key] = cloneValue(value[key], seen);
  return copy;
}

function cloneMap(value, seen) {
  const copy = new Map();
  own.mapSet(seen, value, copy);
  own.mapForEach(value, (each, key) => {
    own.mapSet(copy, cloneValue(key, seen), cloneValue(each, seen));
  });
  return copy;
}

function cloneSet(value, seen) {
  const copy = new Set();
  own.mapSet(seen, value, copy);
  own.setForEach(value, (each) => own.setAdd(copy, cloneValue(each, seen)));
  return copy;
}

const errorTypes = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

function cloneError(value, seen) {
  const ErrorType = own.hasOwn(errorTypes, value.name) ? errorTypes[value.name] : Error;
  const copy = new ErrorType(`${value.message}`);
  own.mapSet(seen, value, copy);
  if (own.hasOwn(value, "cause")) copy.cause = cloneValue(value.cause, seen);
  return copy;
}
