import { raise } from "@bedplate/errors";
import type { NodeDirectory, NodeSight } from "@bedplate/machines";
import { drainNode, getNode, listNodes, type NodeView, undrainNode } from "@bedplate/routes";
import { given } from "../run-view.ts";
import { type Endpoint, type Exchange, endpoint } from "./exchange.ts";

/** Everything under `/v1/nodes`. */
export function nodeEndpoints(nodes: NodeDirectory): readonly Endpoint[] {
  return [
    endpoint(listNodes, async () => ({ nodes: (await nodes.list()).map(viewNode) })),
    endpoint(getNode, async (exchange) => viewNode(await nodes.get(nameOf(exchange)))),
    endpoint(drainNode, async (exchange) => {
      const moves = exchange.body.machines !== "stay";
      return changed(await nodes.drain(nameOf(exchange), { moves }), "drain");
    }),
    endpoint(undrainNode, async (exchange) =>
      changed(await nodes.undrain(nameOf(exchange)), "undrain"),
    ),
  ];
}

function nameOf({ params }: Pick<Exchange, "params">): string {
  return params["name"] ?? "";
}

/** One that is lost has nothing to drain; it begins anew when it comes back. */
function changed(node: NodeSight, verb: string): NodeView {
  if (node.state !== "lost") return viewNode(node);
  throw raise("phase.illegal", {
    op: `nodes.${verb}`,
    subject: `node/${node.name}`,
    detail: { op: verb, phase: "lost" },
    message: `Cannot ${verb} node/${node.name}: it is lost`,
  });
}

function viewNode(node: NodeSight): NodeView {
  const { name, state, stateAt: since, labels, capacity, machines, registeredAt, beatAt } = node;
  const slots = node.offers.map(({ slot, release }) => ({ slot, release }));
  return {
    ...{ name, state, since, ...given("url", node.url) },
    ...{ labels, capacity, slots, machines, registeredAt, beatAt },
  };
}
