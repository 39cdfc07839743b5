/** A driver with some methods replaced; private members of the original keep working. */
export function overlay<T extends object>(original: T, members: Partial<T>): T {
  return new Proxy(original, {
    get(target, property) {
      if (property in members) return Reflect.get(members, property) as unknown;
      const found = Reflect.get(target, property, target) as unknown;
      return typeof found === "function" ? found.bind(target) : found;
    },
  });
}
