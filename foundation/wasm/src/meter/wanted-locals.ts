import { nanShapes } from "../opcodes/opcode-table.ts";
import { type EventList, eventLength, eventLoop, eventNan } from "./event-list.ts";
import type { ExtraLocal } from "./extra-locals.ts";
import type { FunctionPlan } from "./function-plan.ts";
import type { BodyLayout } from "./layout.ts";

/** The locals that the events and the layout of a function need. */
export function wantedLocals(
  plan: FunctionPlan,
  how: { readonly layout: BodyLayout; readonly events: EventList },
): ReadonlySet<ExtraLocal> {
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
    if (kind === eventNan) {
      const shape = nanShapes[events.value(event)];
      wanted.add(shape === "f32" || shape === "f64" ? shape : "v128");
    }
  }
  return wanted;
}
