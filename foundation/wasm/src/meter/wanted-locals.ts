import type { WasmModule } from "../module.ts";
import { nanShapes } from "../opcodes/opcode-table.ts";
import { type EventList, eventLength, eventLoop, eventNan, eventStore } from "./event-list.ts";
import type { ExtraLocal } from "./extra-locals.ts";
import type { FunctionPlan } from "./function-plan.ts";
import type { BodyLayout } from "./layout.ts";
import { localsOfRange, localsOfStore, rangeWriteOf, type StorePlace } from "./write-marks.ts";

/** What decides about the locals besides the plan. */
export interface LocalsQuestion {
  readonly layout: BodyLayout;
  readonly events: EventList;
  readonly module: WasmModule;
  /** Pages that are written to are marked. */
  readonly marksWrites: boolean;
}

/** The locals that the events and the layout of a function need. */
export function wantedLocals(plan: FunctionPlan, how: LocalsQuestion): ReadonlySet<ExtraLocal> {
  const { layout, events } = how;
  const wanted = new Set<ExtraLocal>();
  if (layout.depthWeight > 0) wanted.add("depth");
  const isMetered = layout.counter !== "none";
  if (layout.counter === "local" || (isMetered && layout.testsAtEntry)) wanted.add("fuel");
  for (let event = plan.eventsStart; event < plan.eventsEnd; event++) {
    const kind = events.kind(event);
    if (kind === eventLoop && isMetered) wanted.add("fuel");
    if (kind === eventLength && isMetered) {
      wanted.add("fuel").add(events.extra(event) === 1 ? "length64" : "length32");
    }
    if (kind === eventStore) {
      const place = storePlace(events, event);
      for (const local of localsOfStore(how.module, place)) wanted.add(local);
    }
    if (kind === eventLength && how.marksWrites) addRangeLocals(wanted, { ...how, event });
    if (kind === eventNan) {
      const shape = nanShapes[events.value(event)];
      wanted.add(shape === "f32" || shape === "f64" ? shape : "v128");
    }
  }
  return wanted;
}

function addRangeLocals(
  wanted: Set<ExtraLocal>,
  how: LocalsQuestion & { readonly event: number },
): void {
  const { events, event } = how;
  const write = rangeWriteOf(how.module, {
    offset: events.offset(event),
    code: events.value(event),
    isLong: events.extra(event) === 1,
  });
  if (write !== undefined) for (const local of localsOfRange(write)) wanted.add(local);
}

/** The store that an event announces. */
export function storePlace(events: EventList, event: number): StorePlace {
  return {
    offset: events.offset(event),
    code: events.value(event),
    memory: events.extra(event),
  };
}
