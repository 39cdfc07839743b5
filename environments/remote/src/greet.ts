import type { Readable } from "node:stream";
import { type Digest, digestValue } from "@bedplate/codec";
import {
  facetNames,
  greetingBytesMax,
  negotiate,
  type Offer,
  offerOf,
  readGreeting,
  speaks,
} from "@bedplate/environment";
import { FaultError, raise } from "@bedplate/errors";

/** What this side is, in greetings: a host has no build of its own that a plug-in could check. */
const hostBuild: Digest = digestValue(["bedplate-host"]);

/** How long the end of a process may come after the end of its descriptor. */
const endGraceMs = 100;

/** Waits for a plug-in's greeting, and refuses one that this host cannot agree with. */
export async function greet(
  stream: Readable,
  options: { readonly timeoutMs: number; readonly ended: Promise<string> },
): Promise<Offer> {
  const line = await firstLine(stream, options);
  const offer = readGreeting(line);
  if (offer.side !== "plugin") throw refused("it greets as a host");
  const host = offerOf("host", {
    build: hostBuild,
    speaks: speaks(facetNames),
    features: offer.has,
  });
  const agreement = negotiate(host, offer);
  if (!agreement.isAgreed) throw new FaultError(agreement.fault);
  return offer;
}

function firstLine(
  stream: Readable,
  options: { readonly timeoutMs: number; readonly ended: Promise<string> },
): Promise<string> {
  const { timeoutMs, ended } = options;
  return new Promise((resolve, reject) => {
    let text = "";
    const settle = (work: () => void) => {
      clearTimeout(timer);
      stream.removeAllListeners("data");
      // Whatever else comes over this descriptor is of no interest, and must not fill it.
      stream.resume();
      work();
    };
    const refuse = (why: string) => settle(() => reject(refused(why)));
    const timer = setTimeout(() => refuse(`none came in ${timeoutMs} ms`), timeoutMs);
    stream.setEncoding("utf8");
    stream.on("data", (part: string) => {
      text += part;
      const end = text.indexOf("\n");
      if (end >= 0) settle(() => resolve(text.slice(0, end)));
      else if (text.length > greetingBytesMax) refuse(`it has more than ${greetingBytesMax} bytes`);
    });
    // A process that ends closes it as well, and says more a moment later.
    stream.on("end", () => setTimeout(refuse, endGraceMs, "the descriptor was closed before it"));
    stream.on("error", () => refuse("the descriptor broke"));
    void ended.then(refuse);
  });
}

function refused(why: string): Error {
  return raise("contract.incompatible", {
    op: "environment.greet",
    detail: { contract: "greeting", here: "hello 1", there: why, upgrade: "plugin" },
    message: `Cannot accept the greeting: ${why}`,
  });
}
