import { isDeepStrictEqual } from "node:util";
import type {
  ApplyAnswer,
  DesiredRoute,
  Generation,
  GenerationCondition,
  RemoveAnswer,
} from "../ingress-driver.ts";
import { matchKey } from "../matching/route-index.ts";
import type { RouteSpec } from "../route-spec.ts";

/** A route of the table. */
export interface TableRoute {
  readonly spec: RouteSpec;
  readonly generation: Generation;
  /** The generation that brought its present match: the lowest of equal matches serves. */
  readonly age: Generation;
}

/** A route that begins or ends to serve its match. */
export interface TableChange {
  readonly ends?: TableRoute | undefined;
  readonly begins?: TableRoute | undefined;
}

interface TableOptions {
  readonly routesMax: number;
  /** Told of what changes for the data plane, before the change is answered. */
  readonly onChange: (changes: readonly TableChange[]) => void;
}

/** The wanted routes of one place: generations, conditions, and which of equal matches serves. */
export class RouteTable {
  readonly #options: TableOptions;
  readonly #routes = new Map<string, TableRoute>();
  /** By what they match, oldest first. */
  readonly #claims = new Map<string, TableRoute[]>();
  #generation: Generation = 0;

  constructor(options: TableOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#routes.size;
  }

  get generation(): Generation {
    return this.#generation;
  }

  apply(spec: RouteSpec, condition: GenerationCondition): ApplyAnswer {
    const before = this.#routes.get(spec.name);
    const actual = before?.generation ?? null;
    if (!holds(condition, actual)) return { kind: "generation", actual };
    if (before !== undefined && isDeepStrictEqual(before.spec, spec)) {
      return { kind: "applied", route: this.#shown(before) };
    }
    if (before === undefined && this.#routes.size >= this.#options.routesMax) {
      return { kind: "full" };
    }
    const generation = this.#generation + 1;
    const keepsMatch = before !== undefined && matchKey(before.spec.match) === matchKey(spec.match);
    const after = { spec, generation, age: keepsMatch ? before.age : generation };
    this.put(after);
    return { kind: "applied", route: this.#shown(after) };
  }

  remove(name: string, condition: GenerationCondition): RemoveAnswer {
    const before = this.#routes.get(name);
    if (before === undefined) return { kind: "absent" };
    if (!holds(condition, before.generation)) {
      return { kind: "generation", actual: before.generation };
    }
    this.#generation++;
    this.drop(name);
    return { kind: "removed" };
  }

  /** Takes a route as it is: what `apply` decided, here or before a restart. */
  put(after: TableRoute): void {
    const before = this.#routes.get(after.spec.name);
    this.#generation = Math.max(this.#generation, after.generation);
    this.#routes.set(after.spec.name, after);
    const [left, entered] = [before && matchKey(before.spec.match), matchKey(after.spec.match)];
    // A route that moves enters its new place before it leaves the old one.
    const changes = [this.#enter(entered, after)];
    if (before !== undefined && left !== undefined && left !== entered) {
      changes.push(this.#leave(left, before));
    }
    this.#options.onChange(changes);
  }

  /** Forgets a route. */
  drop(name: string): void {
    const before = this.#routes.get(name);
    if (before === undefined) return;
    this.#routes.delete(name);
    this.#options.onChange([this.#leave(matchKey(before.spec.match), before)]);
  }

  /** Makes sure that the next generation is later than this one. */
  pass(generation: Generation): void {
    this.#generation = Math.max(this.#generation, generation);
  }

  get(name: string): DesiredRoute | null {
    const found = this.#routes.get(name);
    return found === undefined ? null : this.#shown(found);
  }

  /** A route as it is kept. */
  at(name: string): TableRoute | undefined {
    return this.#routes.get(name);
  }

  /** In the order of the names. */
  list(range: { readonly after: string | null; readonly limit: number }): readonly DesiredRoute[] {
    const { after, limit } = range;
    const names = [...this.#routes.keys()].filter((name) => after === null || name > after).sort();
    return names.slice(0, limit).flatMap((name) => this.get(name) ?? []);
  }

  /** Every route, in no order. */
  all(): readonly TableRoute[] {
    return [...this.#routes.values()];
  }

  /** Every route that serves its match. */
  serving(): readonly TableRoute[] {
    return [...this.#claims.values()].flatMap(([first]) => first ?? []);
  }

  #shown(route: TableRoute): DesiredRoute {
    const { spec, generation } = route;
    const first = this.#claims.get(matchKey(spec.match))?.[0];
    const conflictsWith = first === undefined || first === route ? null : first.spec.name;
    return { spec, generation, conflictsWith };
  }

  #enter(key: string, route: TableRoute): TableChange {
    const before = this.#claims.get(key) ?? [];
    const others = before.filter(({ spec }) => spec.name !== route.spec.name);
    return this.#claim(key, before, [...others, route]);
  }

  #leave(key: string, route: TableRoute): TableChange {
    const before = this.#claims.get(key) ?? [];
    return this.#claim(
      key,
      before,
      before.filter((each) => each !== route),
    );
  }

  #claim(key: string, before: readonly TableRoute[], after: TableRoute[]): TableChange {
    after.sort((a, b) => a.age - b.age);
    if (after.length === 0) this.#claims.delete(key);
    else this.#claims.set(key, after);
    const [ends, begins] = [before[0], after[0]];
    return ends === begins ? {} : { ends, begins };
  }
}

function holds(condition: GenerationCondition, actual: Generation | null): boolean {
  if (condition === "any") return true;
  return condition === "absent" ? actual === null : actual === condition;
}
