import { tokenHeader } from "@bedplate/ingress";

/** What a request's header lines say, and those of them that a backend may see. */
export interface ScannedHeaders {
  readonly host: string;
  /** Name and value in turn. */
  readonly forwarded: string[];
  /** All lines: name, colon, blank, value, line end. */
  readonly bytes: number;
  /** The declared length of the body; 0 when there is no body, null when it comes in chunks. */
  readonly bodyBytes: number | null;
  readonly token: string | undefined;
}

/** Headers that end at each hop, and those that only this proxy may set. */
const stripped = new Set([
  "connection",
  "expect",
  "forwarded",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-bedplate-generation",
  "x-bedplate-probe",
  "x-bedplate-route",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
  "x-shadow",
]);

/** Values of `connection` that name no other header. */
const plainConnection = /^(keep-alive|close|upgrade)?$/i;

/** Reads header lines once; null when two readers may read them differently. */
export function scanHeaders(raw: readonly string[]): ScannedHeaders | null {
  const forwarded: string[] = [];
  let [bytes, bodyBytes]: [number, number | null] = [0, 0];
  let host: string | undefined;
  let token: string | undefined;
  let named = "";
  for (let i = 0; i < raw.length; i += 2) {
    const [line = "", value = ""] = [raw[i], raw[i + 1]];
    const name = line.toLowerCase();
    bytes += line.length + value.length + 4;
    if (name === "host") {
      if (host !== undefined) return null;
      host = value;
    } else if (name === "content-length") bodyBytes = Number(value);
    else if (name === "transfer-encoding") {
      // Other codings would have to be understood before they could be passed on.
      if (value.toLowerCase() !== "chunked") return null;
      bodyBytes = null;
    } else if (name === "connection")
      named = plainConnection.test(value) ? named : `${named},${value}`;
    if (name === tokenHeader) token = value;
    else if (name === "cookie") token = pushCookies(forwarded, value) ?? token;
    else if (!stripped.has(name)) forwarded.push(line, value);
  }
  const left = named === "" ? forwarded : withoutNamed(forwarded, named);
  return { host: host ?? "", forwarded: left, bytes, bodyBytes, token };
}

/** Response headers without those that end at this hop. */
export function answeredHeaders(raw: readonly string[]): string[] {
  const kept: string[] = [];
  let named = "";
  for (let i = 0; i < raw.length; i += 2) {
    const [line = "", value = ""] = [raw[i], raw[i + 1]];
    const name = line.toLowerCase();
    if (name === "connection" && !plainConnection.test(value)) named = `${named},${value}`;
    if (!strippedFromAnswers.has(name)) kept.push(line, value);
  }
  return named === "" ? kept : withoutNamed(kept, named);
}

const strippedFromAnswers = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** Forwards the cookies but the token, and answers it. */
function pushCookies(forwarded: string[], value: string): string | undefined {
  if (!value.includes(tokenHeader)) {
    forwarded.push("cookie", value);
    return undefined;
  }
  const cookies = value.split(";").map((each) => each.trim());
  const isToken = (each: string) => each.startsWith(`${tokenHeader}=`);
  const others = cookies.filter((each) => !isToken(each));
  if (others.length > 0) forwarded.push("cookie", others.join("; "));
  return cookies.find(isToken)?.slice(tokenHeader.length + 1);
}

/** `connection` may name more headers that end at this hop; a body's length is none of them. */
function withoutNamed(headers: readonly string[], named: string): string[] {
  const names = new Set(named.split(",").map((each) => each.trim().toLowerCase()));
  for (const kept of ["host", "content-length"]) names.delete(kept);
  const left: string[] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const [line = "", value = ""] = [headers[i], headers[i + 1]];
    if (!names.has(line.toLowerCase())) left.push(line, value);
  }
  return left;
}
