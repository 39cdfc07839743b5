import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import type { IngressFault } from "@bedplate/ingress";
import { answerFault } from "./answer-fault.ts";
import type { Target } from "./balancer.ts";
import type { EndpointHealth } from "./endpoint-health.ts";
import { answeredHeaders, type ScannedHeaders } from "./header-scan.ts";
import { joinSockets } from "./join-sockets.ts";
import type { OpenStream } from "./live-backend.ts";
import type { LiveRoute } from "./live-route.ts";
import { type Mirrored, mirrorOf } from "./mirror.ts";
import { RequestBody } from "./request-body.ts";
import { canRepeat, retryCauseOf } from "./retry.ts";
import { pinCookie, targetOf } from "./stickiness.ts";
import { isConnectError, type Upstream, upstreamHeaders } from "./upstream.ts";

/** What an exchange is about. */
export interface ExchangeOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: LiveRoute;
  readonly headers: ScannedHeaders;
  readonly upstream: Upstream;
  readonly health: EndpointHealth;
  readonly mirrorBodyBytesMax: number;
  /** For a client that asks for a WebSocket: what it sent behind the request. */
  readonly upgradeHead?: Buffer | undefined;
}

/** A body that may have to be sent again is remembered up to this length. */
const retryBodyBytesMax = 64 * 1024;

const webSocketLines = ["connection", "Upgrade", "upgrade", "websocket"];

const noTargets: ReadonlySet<Target> = new Set();

/** One request of a client and its answer, over as many attempts as the route allows. */
export class Exchange implements OpenStream {
  readonly #options: ExchangeOptions;
  readonly #lines: readonly string[];
  readonly #body: RequestBody | null;
  readonly #mirror: Mirrored | null;
  readonly #startedMs = performance.now();
  readonly #timer: NodeJS.Timeout;
  #tried: Set<Target> | null = null;
  #attempts = 0;
  #target: Target | null = null;
  #sent: ClientRequest | null = null;
  #isCounted = false;
  #isRefused = false;
  #isOver = false;

  constructor(options: ExchangeOptions) {
    const { request, response, route, headers } = options;
    this.#options = options;
    this.#mirror = mirrorOf(route, options);
    this.#lines = upstreamHeaders(request, headers);
    if (options.upgradeHead !== undefined) headers.forwarded.push(...webSocketLines);
    this.#body = headers.bodyBytes === 0 ? null : this.#bodyOf(request);
    this.#timer = setTimeout(() => this.#soonLate(), route.spec.timeoutMs);
    response.once("close", () => this.#end());
  }

  /** Sends the request to a target of the route. */
  begin(): void {
    const { route, request } = this.#options;
    const isFirst = this.#tried === null;
    const target = isFirst
      ? targetOf(route, request)
      : route.balancer.pick(this.#tried ?? noTargets);
    this.#target = target;
    if (target === null) {
      this.#refuse("no-backend");
    } else {
      target.backend.opened(this);
      this.#attempt(target, false);
    }
  }

  /** Ends the exchange now, whatever it is at. */
  cut(): void {
    this.#sent?.destroy();
    this.#options.response.destroy();
    this.#options.request.socket.destroy();
    this.#end();
  }

  #attempt(target: Target, isFresh: boolean): void {
    const { request, upstream, upgradeHead } = this.#options;
    const { endpoint } = target;
    const isAlone = isFresh || upgradeHead !== undefined;
    const sent = upstream.send({ request, endpoint, headers: this.#lines, isFresh: isAlone });
    this.#sent = sent;
    sent.once("response", (answer) => this.#answer(sent, answer));
    sent.once("error", (error) => this.#failed(sent, error));
    if (upgradeHead !== undefined) {
      sent.once("upgrade", (answer, socket, head) => {
        clearTimeout(this.#timer);
        this.#count(101);
        joinSockets({ client: request.socket, backend: socket, answer }, [head, upgradeHead]);
      });
    }
    if (this.#body === null) sent.end();
    else this.#sendBody(sent, this.#body);
  }

  /** The body follows once there is a connection, so that a failed one has cost nothing. */
  #sendBody(sent: ClientRequest, body: RequestBody): void {
    sent.flushHeaders();
    sent.once("socket", (socket) => {
      if (!socket.connecting) body.sendTo(sent);
      else socket.once("connect", () => body.sendTo(sent));
    });
  }

  #answer(sent: ClientRequest, answer: IncomingMessage): void {
    if (this.#isOver || this.#isRefused || sent !== this.#sent) {
      answer.destroy();
      return;
    }
    const { response, route, request } = this.#options;
    const cause = retryCauseOf(answer.statusCode ?? 0);
    if (cause !== null && this.#retries(cause)) {
      answer.on("error", () => {});
      answer.destroy();
      return;
    }
    clearTimeout(this.#timer);
    this.#count(answer.statusCode ?? 0);
    this.#mirror?.answered();
    const headers = answeredHeaders(answer.rawHeaders);
    const cookie = this.#target && pinCookie(route, request, this.#target);
    if (cookie) headers.push("set-cookie", cookie);
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers);
    answer.once("error", () => response.destroy());
    answer.once("end", () => addTrailers(response, answer));
    answer.pipe(response);
    // A head that came alone goes alone: a stream's first byte may be an hour away.
    if (answer.headers["content-length"] === undefined) setImmediate(() => response.flushHeaders());
  }

  #failed(sent: ClientRequest, error: Error): void {
    if (this.#isOver || this.#isRefused || sent !== this.#sent) return;
    const target = this.#target;
    if (target === null) return;
    if (this.#options.response.headersSent) {
      this.#options.response.destroy();
      return;
    }
    const isConnect = isConnectError(error);
    if (isConnect) this.#options.health.failed(target.endpoint);
    // A kept connection that the backend closed meanwhile is as good as none.
    const isStale = sent.reusedSocket && (error as NodeJS.ErrnoException).code === "ECONNRESET";
    if (isStale && canRepeat(this.#options.request, this.#body)) {
      this.#body?.detach();
      this.#attempt(target, true);
      return;
    }
    if (isConnect && this.#retries("connect")) return;
    this.#count(null);
    this.#refuse(isConnect ? "no-backend" : "backend-failed");
  }

  /** Tries another target, where the route wants that for this cause and it repeats no effect. */
  #retries(cause: "connect" | "502" | "503"): boolean {
    const { retries } = this.#options.route.spec;
    if (retries === undefined || !retries.on.includes(cause)) return false;
    if (this.#attempts >= retries.max || !canRepeat(this.#options.request, this.#body))
      return false;
    const last = this.#target;
    if (last === null) return false;
    this.#attempts++;
    this.#tried = (this.#tried ?? new Set()).add(last);
    // With nothing else to try, the same one is tried again, unless it cannot be reached.
    if (cause !== "connect" && this.#options.route.balancer.pick(this.#tried) === null) {
      this.#tried = new Set();
    }
    last.backend.closed(this);
    this.#body?.detach();
    this.begin();
    return true;
  }

  /** After a stall of this thread timers come before what was received: look at that first. */
  #soonLate(): void {
    setImmediate(() => setImmediate(() => this.#late()));
  }

  #late(): void {
    if (this.#isOver || this.#options.response.headersSent) return;
    const { request } = this.#options;
    this.#count(null);
    this.#refuse(request.complete ? "backend-timeout" : "request-timeout");
  }

  #bodyOf(request: IncomingMessage): RequestBody {
    const { route, mirrorBodyBytesMax } = this.#options;
    const { limits, retries } = route.spec;
    return new RequestBody(request, {
      bytesMax: limits?.bodyBytesMax ?? Number.POSITIVE_INFINITY,
      rememberMax: Math.max(
        retries === undefined ? 0 : retryBodyBytesMax,
        this.#mirror === null ? 0 : mirrorBodyBytesMax,
      ),
      onTooLong: () => this.#refuse("body-too-long"),
      onProgress: () => {
        this.#timer.refresh();
        if (request.complete) this.#mirror?.send(this.#body?.remembered ?? null);
      },
    });
  }

  #refuse(fault: IngressFault): void {
    if (this.#isOver || this.#isRefused) return;
    this.#isRefused = true;
    const { request, response } = this.#options;
    clearTimeout(this.#timer);
    this.#body?.detach();
    this.#sent?.destroy();
    answerFault(request, response, fault);
  }

  #count(status: number | null): void {
    if (this.#isCounted) return;
    this.#isCounted = true;
    this.#target?.backend.answered(status, performance.now() - this.#startedMs);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#target?.backend.closed(this);
    // The client went, or the answer is whole: then this does nothing.
    if (this.#options.response.writableFinished) return;
    this.#count(null);
    this.#sent?.destroy();
  }
}

function addTrailers(response: ServerResponse, { rawTrailers }: IncomingMessage): void {
  if (rawTrailers.length === 0) return;
  const pairs: [string, string][] = [];
  for (let i = 0; i < rawTrailers.length; i += 2) {
    pairs.push([rawTrailers[i] ?? "", rawTrailers[i + 1] ?? ""]);
  }
  response.addTrailers(pairs);
}
