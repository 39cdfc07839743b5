import { answer } from "./fault-answer.ts";
import { noTls } from "./route-line.ts";

/** Where TLS is spoken. */
export interface ListenTls {
  readonly port: number;
  /** Where clients reach that port, if it is mapped; plain requests are sent there. */
  readonly publicPort?: number | undefined;
}

/** The listener: a host that is not in the list gets no certificate, and so no answer. */
export function bindTls(at: string, list: string): string {
  return `  bind ${at} ssl crt-list ${list} strict-sni alpn http/1.1 ssl-min-ver TLSv1.2`;
}

/** What is decided by how the client is connected, once its route is known. */
export function tlsRules({ port, publicPort = port }: ListenTls, hosts: string): readonly string[] {
  const isPlain = `!{ ssl_fc } !{ var(txn.certificate) -m str ${noTls} }`;
  const isName = "{ var(txn.host) -m reg ^[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?$ }";
  const misdirected = `  http-request return ${answer("misdirected-request")} if { ssl_fc }`;
  const origin = `https://%[var(txn.host)]${publicPort === 443 ? "" : `:${publicPort}`}`;
  return [
    `  http-request return ${answer("malformed-request")} if ${isPlain} !${isName}`,
    `  http-request return status 308 hdr location "${origin}%[var(txn.pathq)]" if ${isPlain}`,
    "  http-request set-var(txn.named) ssl_fc_sni,lower,rtrim(.)",
    `  http-request set-var(txn.shown) var(txn.named),map_str(${hosts})`,
    `  http-request set-var(txn.shown) 'var(txn.named),regsub("^[^.]+","*"),map_str(${hosts})' if !{ var(txn.shown) -m found }`,
    `${misdirected} { var(txn.certificate) -m str ${noTls} }`,
    `${misdirected} !{ var(txn.named),strcmp(txn.host) -m int eq 0 } !{ var(txn.shown),strcmp(txn.certificate) -m int eq 0 }`,
    "  http-request reject if { ssl_fc } { var(txn.versionmin) -m str 1.3 } !{ ssl_fc_protocol -m str TLSv1.3 }",
  ];
}
