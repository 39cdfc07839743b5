import type { IncomingMessage, ServerResponse } from "node:http";
import { faultBody, faultHeader, type IngressFault, ingressFaults } from "@bedplate/ingress";

/** How long a client may go on sending a body that was refused, before its connection ends. */
const lingerMs = 2_000;

/** Answers in place of a backend. */
export function answerFault(
  request: IncomingMessage,
  response: ServerResponse,
  fault: IngressFault,
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = faultBody(fault);
  const { status } = ingressFaults[fault];
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    [faultHeader]: fault,
    ...retryHint(fault),
  });
  response.end(body);
  linger(request);
}

/** Sends the client to another place, for good. */
export function answerRedirect(
  request: IncomingMessage,
  response: ServerResponse,
  location: string,
): void {
  response.writeHead(308, { location, "content-length": 0 });
  response.end();
  linger(request);
}

/** A fault for a connection whose request cannot be read. */
export function rawFault(fault: IngressFault): string {
  const body = faultBody(fault);
  return [
    `HTTP/1.1 ${ingressFaults[fault].status} Refused`,
    "connection: close",
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
    `${faultHeader}: ${fault}`,
    "",
    body,
  ].join("\r\n");
}

function retryHint(fault: IngressFault): Readonly<Record<string, string>> {
  return fault === "no-backend" || fault === "too-many-requests" ? { "retry-after": "1" } : {};
}

/** Closing at once, with bytes unread, would take the answer away from the client. */
function linger(request: IncomingMessage): void {
  if (request.complete) return;
  request.resume();
  const timer = setTimeout(() => request.destroy(), lingerMs);
  request.once("close", () => clearTimeout(timer));
}
