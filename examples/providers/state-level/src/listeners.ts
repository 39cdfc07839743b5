/** Who wants to hear of commits, by namespace. */
export class Listeners {
  readonly #byNamespace = new Map<string, Set<() => void>>();

  add(namespace: string, listener: () => void): Disposable {
    const found = this.#byNamespace.get(namespace) ?? new Set();
    // The same function may be given twice, and each is taken away by itself.
    const own = () => listener();
    this.#byNamespace.set(namespace, found.add(own));
    return {
      [Symbol.dispose]: () => {
        found.delete(own);
        if (found.size === 0) this.#byNamespace.delete(namespace);
      },
    };
  }

  tell(namespace: string): void {
    for (const listener of this.#byNamespace.get(namespace) ?? []) listener();
  }
}
