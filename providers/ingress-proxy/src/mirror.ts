import type { IncomingMessage } from "node:http";
import { shadowHeader } from "@bedplate/ingress";
import type { ScannedHeaders } from "./header-scan.ts";
import type { LiveRoute } from "./live-route.ts";
import type { Upstream } from "./upstream.ts";

/** Copies of one route that may be under way; more are not made. */
const mirrorsOpenMax = 64;
/** The longest that a copy may take. */
const mirrorMs = 5_000;

/** A request that is to be copied. */
export interface Mirrored {
  /** Sends the copy; null for a body that is too long, which is not copied. */
  send(body: Buffer | null): void;
  /** The primary answered: a body that has not been read by now is not copied. */
  answered(): void;
}

interface MirrorOptions {
  readonly request: IncomingMessage;
  readonly headers: ScannedHeaders;
  readonly upstream: Upstream;
  readonly mirrorBodyBytesMax: number;
}

/** Decides whether a request is copied; a request without a body is copied at once. */
export function mirrorOf(route: LiveRoute, options: MirrorOptions): Mirrored | null {
  const { mirror } = route.spec;
  if (mirror === undefined) return null;
  const { state } = route;
  state.mirrorCredit += mirror.percent;
  if (state.mirrorCredit < 100) return null;
  state.mirrorCredit -= 100;
  const { bodyBytes } = options.headers;
  if (state.mirrorsOpen >= mirrorsOpenMax) return null;
  if ((bodyBytes ?? 0) > options.mirrorBodyBytesMax) return null;
  const copy = new Copy(route, options);
  if (bodyBytes === 0) copy.send(Buffer.alloc(0));
  return copy;
}

class Copy implements Mirrored {
  readonly #route: LiveRoute;
  readonly #request: IncomingMessage;
  readonly #upstream: Upstream;
  readonly #lines: readonly string[];
  #isSettled = false;

  constructor(route: LiveRoute, { request, headers, upstream }: MirrorOptions) {
    this.#route = route;
    this.#upstream = upstream;
    this.#request = request;
    const { forwarded } = headers;
    this.#lines = forwarded.filter(
      (_, index) => forwarded[index - (index % 2)]?.toLowerCase() !== "content-length",
    );
  }

  send(body: Buffer | null): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    if (body !== null) this.#sendNow(body);
  }

  answered(): void {
    // The body of a copy is what the primary got: it is whole by now, or never will be.
    this.#isSettled ||= !this.#request.complete;
  }

  #sendNow(body: Buffer): void {
    const { state, mirrorEndpoints, spec } = this.#route;
    const endpoint = mirrorEndpoints.find(({ state: seen }) => seen !== "down");
    if (endpoint === undefined || spec.mirror === undefined) return;
    state.mirrorsOpen++;
    const headers = [...this.#lines, shadowHeader, "1", "content-length", String(body.length)];
    const copy = this.#upstream.sendCopy({ request: this.#request, endpoint, headers });
    const timer = setTimeout(() => copy.destroy(), mirrorMs);
    copy.once("response", (answer) => answer.on("error", () => {}).resume());
    copy.on("error", () => {});
    copy.once("close", () => {
      clearTimeout(timer);
      state.mirrorsOpen--;
    });
    copy.end(body);
  }
}
