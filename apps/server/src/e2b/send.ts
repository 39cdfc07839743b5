import type { ServerResponse } from "node:http";
import type { ApiError } from "@bedplate/e2b";

/** Answers with a value. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}

/** Answers with an error. */
export function sendError(response: ServerResponse, { code, message }: ApiError): void {
  sendJson(response, code, { code, message });
}
