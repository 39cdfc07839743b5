import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { type EnvdRequest, envdRequestKey } from "./sandbox-use.ts";

/** The sandbox and user that a call of Connect is for. */
export function envdRequest(context: HandlerContext): EnvdRequest {
  const found = context.values.get(envdRequestKey);
  if (found !== undefined) return found;
  throw new ConnectError("Cannot answer the call: it is for no sandbox", Code.Unavailable);
}

/** The user of an `Authorization: Basic` header; undefined where it names none. */
export function basicUser(header: string | undefined): string | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]{1,512})$/i.exec(header ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const [user = ""] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  return user === "" ? undefined : user;
}
