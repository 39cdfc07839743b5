/**
 * The language's own functions, kept before a script can replace them, so that what the prelude
 * offers goes on working whatever a script does to its prototypes.
 */
const { call } = Function.prototype;

/** Makes a method a plain function: `uncurry(method)(self, ...rest)`. */
export const uncurry = call.bind.bind(call);

export const arrayJoin = uncurry(Array.prototype.join);
export const arrayMap = uncurry(Array.prototype.map);
export const arrayPush = uncurry(Array.prototype.push);
export const stringPadEnd = uncurry(String.prototype.padEnd);
export const stringRepeat = uncurry(String.prototype.repeat);
export const stringReplaceAll = uncurry(String.prototype.replaceAll);
export const stringSlice = uncurry(String.prototype.slice);
export const stringSplit = uncurry(String.prototype.split);
export const stringStartsWith = uncurry(String.prototype.startsWith);
export const stringToWellFormed = uncurry(String.prototype.toWellFormed);
export const functionToString = uncurry(Function.prototype.toString);
export const objectToString = uncurry(Object.prototype.toString);
export const hasOwn = Object.hasOwn;
export const dateToIsoString = uncurry(Date.prototype.toISOString);
export const dateGetTime = uncurry(Date.prototype.getTime);
export const regExpToString = uncurry(RegExp.prototype.toString);
export const symbolToString = uncurry(Symbol.prototype.toString);
export const mapForEach = uncurry(Map.prototype.forEach);
export const mapGet = uncurry(Map.prototype.get);
export const mapSet = uncurry(Map.prototype.set);
export const mapHas = uncurry(Map.prototype.has);
export const mapDelete = uncurry(Map.prototype.delete);
export const setForEach = uncurry(Set.prototype.forEach);
export const setAdd = uncurry(Set.prototype.add);
export const setHas = uncurry(Set.prototype.has);
export const setDelete = uncurry(Set.prototype.delete);
export const mapSize = uncurry(Object.getOwnPropertyDescriptor(Map.prototype, "size").get);
export const setSize = uncurry(Object.getOwnPropertyDescriptor(Set.prototype, "size").get);
export const { apply: reflectApply, ownKeys } = Reflect;
export const {
  create: objectCreate,
  defineProperty,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  keys: objectKeys,
} = Object;
export const { parse: jsonParse, stringify: jsonStringify } = JSON;
export const { isArray, from: arrayFrom } = Array;
export const { now: dateNow } = Date;
export const { isView, prototype: arrayBufferPrototype } = ArrayBuffer;
export const bufferSlice = uncurry(ArrayBuffer.prototype.slice);
export const bufferBytes = uncurry(
  Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength").get,
);

const typedArrayPrototype = getPrototypeOf(Uint8Array.prototype);

/** The name of a typed array's kind, or undefined for anything else. */
export const typedArrayName = uncurry(
  getOwnPropertyDescriptor(typedArrayPrototype, Symbol.toStringTag).get,
);
export const typedArrayFill = uncurry(typedArrayPrototype.fill);
export const typedArraySet = uncurry(typedArrayPrototype.set);
