import { type IngressFault, tokenHeader } from "@bedplate/ingress";
import { answer } from "./fault-answer.ts";
import { bindTls, type ListenTls, tlsRules } from "./tls-rules.ts";

/** What a configuration is made of. */
export interface ConfigOptions {
  readonly host: string;
  readonly port: number;
  /** Where sockets, maps and scripts of this engine are; without blanks. */
  readonly folder: string;
  readonly secret: string;
  readonly headerBytesMax: number;
  readonly headersMs: number;
  readonly graceMs: number;
  readonly connectionsMax: number;
  /** Absent: it ends no TLS. */
  readonly tls?: ListenTls | undefined;
  /** One per pool, each line a server. */
  readonly pools: readonly (readonly string[])[];
}

/** Names inside the folder. */
export const files = {
  config: "haproxy.cfg",
  lua: "hop.lua",
  routes: "routes.map",
  tokens: "tokens.map",
  hosts: "hosts.map",
  certificates: "certificates",
  certificateList: "certificates.list",
  socket: "run.sock",
  pids: "haproxy.pid",
} as const;

/** Deletes what a client names in `connection`: names are not known before, so rules cannot. */
export const luaScript = `core.register_action("strip_hop", { "http-req" }, function(txn)
  local lines = txn.http:req_get_headers()["connection"]
  if lines == nil then return end
  local kept = { ["keep-alive"] = true, close = true, upgrade = true, host = true, ["content-length"] = true }
  for _, line in pairs(lines) do
    for name in string.gmatch(string.lower(line), "[^,%s]+") do
      if not kept[name] then txn.http:req_del_header(name) end
    end
  end
end, 0)
`;

/** The whole configuration. Which route leads where is not in it, but in the maps beside it. */
export function configText(options: ConfigOptions): string {
  return [
    ...globalLines(options),
    ...defaultLines(options),
    ...frontendLines(options),
    ...directLines,
    ...options.pools.flatMap((servers, index) => poolLines(servers, index)),
    "",
  ].join("\n");
}

/** The name of a pool. */
export function poolName(index: number): string {
  return `pool-${index}`;
}

function globalLines({ folder, connectionsMax, graceMs }: ConfigOptions): readonly string[] {
  return [
    "global",
    `  stats socket ${folder}/${files.socket} mode 600 level admin expose-fd listeners`,
    "  stats timeout 1h",
    `  maxconn ${connectionsMax}`,
    `  hard-stop-after ${Math.max(1, graceMs)}ms`,
    "  tune.bufsize 32768",
    "  tune.http.maxhdr 1024",
    `  lua-load ${folder}/${files.lua}`,
    // For \`normalize-uri\`, which later versions have without it.
    "  expose-experimental-directives",
    "",
  ];
}

function defaultLines({ headersMs }: ConfigOptions): readonly string[] {
  return [
    "defaults",
    "  mode http",
    "  timeout connect 1s",
    "  timeout client 60s",
    `  timeout http-request ${headersMs}ms`,
    "  timeout http-keep-alive 60s",
    "  timeout server 60s",
    "  timeout tunnel 24h",
    "  retries 0",
    "  option http-no-delay",
    // A client that goes while it waits takes its request with it.
    "  option abortonclose",
    "  no option http-ignore-probes",
    ...engineFaults.map((fault) => `  http-error ${answer(fault)}`),
    "",
  ];
}

/** Faults that the engine finds by itself. */
const engineFaults: readonly IngressFault[] = [
  "malformed-request",
  "request-timeout",
  "backend-failed",
  "no-backend",
  "backend-timeout",
];

function frontendLines({ host, port, secret, folder, headerBytesMax, tls }: ConfigOptions) {
  const map = (name: string) => `${folder}/${name}`;
  const at = host.includes(":") ? `[${host}]` : host;
  return [
    "frontend edge",
    `  bind ${at}:${port}`,
    ...(tls ? [bindTls(`${at}:${tls.port}`, map(files.certificateList))] : []),
    "  stick-table type string len 128 size 200k expire 24h store http_req_cnt,http_fail_cnt",
    ...refusals(headerBytesMax),
    ...lookUp(map(files.routes)),
    `  http-request return ${answer("no-route")} if !{ var(txn.route) -m found }`,
    ...(tls ? tlsRules(tls, map(files.hosts)) : []),
    `  http-request return status 200 hdr x-bedplate-route %[var(txn.name)] hdr x-bedplate-generation %[var(txn.generation)] if { req.hdr(x-bedplate-probe) -m str ${secret} }`,
    ...admission(map(files.tokens)),
    ...hygiene,
    "  http-request track-sc0 var(txn.name) if { var(txn.kind) -m str direct }",
    `  http-request return ${answer("no-backend")} if { var(txn.kind) -m str none }`,
    "  use_backend %[var(txn.target)] if { var(txn.kind) -m str pool }",
    "  default_backend direct",
    "",
  ];
}

function refusals(headerBytesMax: number): readonly string[] {
  const malformed = `  http-request return ${answer("malformed-request")} if`;
  return [
    `${malformed} { req.hdr(transfer-encoding) -m found } !{ req.hdr(transfer-encoding) -m str -i chunked }`,
    `${malformed} { req.hdr_cnt(host) gt 1 }`,
    `${malformed} !{ path -m beg / }`,
    "  http-request set-var(txn.bytes) req.hdrs,length,sub(2)",
    `  http-request return ${answer("headers-too-long")} if { var(txn.bytes) -m int gt ${headerBytesMax} }`,
  ];
}

/** A path is matched as it is normalised, and passed on as it came. */
function lookUp(routes: string): readonly string[] {
  const malformed = `  http-request return ${answer("malformed-request")} if`;
  const separator = "(/|%2f|%5c|\\\\)";
  const isEncoded = "{ path -m reg -i '%2f|%5c|\\\\' }";
  const find = (name: string, path: string) => [
    `  http-request set-var-fmt(txn.exact) "%[var(txn.host)]%[${path}]/"`,
    `  http-request set-var-fmt(txn.wild) "%[var(txn.star)]%[${path}]/"`,
    `  http-request set-var(txn.${name}) var(txn.exact),map_beg(${routes})`,
    `  http-request set-var(txn.${name}) var(txn.wild),map_beg(${routes}) if !{ var(txn.${name}) -m found }`,
  ];
  return [
    "  http-request set-var(txn.pathq) pathq",
    "  http-request normalize-uri percent-decode-unreserved",
    "  http-request normalize-uri percent-to-uppercase",
    "  http-request normalize-uri path-merge-slashes",
    `${malformed} { path -m reg -i '${separator}\\.\\.?(${separator.slice(1, -1)}|$)' }`,
    "  http-request set-var(txn.host) req.hdr(host),host_only,lower,rtrim(.)",
    '  http-request set-var(txn.star) \'var(txn.host),regsub("^[^.]+","*")\'',
    ...find("route", "path"),
    ...isEncodedLines(isEncoded, find("other", "var(txn.decoded)")),
    `${malformed} ${isEncoded} { var(txn.route),strcmp(txn.other) -m int lt 0 }`,
    `${malformed} ${isEncoded} { var(txn.route),strcmp(txn.other) -m int gt 0 }`,
    `${malformed} ${isEncoded} { var(txn.route) -m found } !{ var(txn.other) -m found }`,
    `${malformed} ${isEncoded} !{ var(txn.route) -m found } { var(txn.other) -m found }`,
    "  http-request set-pathq %[var(txn.pathq)]",
    ...fields.map(([name, index]) => {
      return `  http-request set-var(txn.${name}) var(txn.route),field(${index},|)`;
    }),
    ...["timeout", "bodymax", "headmax"].map((name) => {
      return `  http-request set-var(txn.${name}) var(txn.${name}),add(0)`;
    }),
  ];
}

function isEncodedLines(isEncoded: string, lines: readonly string[]): readonly string[] {
  const decode = 'path,regsub("%2F|%5C|\\\\\\\\","/",g),regsub("/+","/",g)';
  return [
    `  http-request set-var(txn.decoded) '${decode}' if ${isEncoded}`,
    ...lines.map((line) => (line.includes(" if ") ? line : `${line} if ${isEncoded}`)),
  ];
}

/** What a line of the map of routes holds, and where. */
const fields = [
  ["generation", 1],
  ["name", 2],
  ["kind", 3],
  ["target", 4],
  ["port", 5],
  ["timeout", 6],
  ["bodymax", 7],
  ["headmax", 8],
  ["bodies", 9],
  ["access", 10],
  ["certificate", 11],
  ["versionmin", 12],
] as const;

function admission(tokens: string): readonly string[] {
  const over = (fault: IngressFault, name: string) =>
    `  http-request return ${answer(fault)} if { var(txn.${name}) -m int gt 0 }`;
  const isPrivate = "{ var(txn.access) -m str private }";
  return [
    `  http-request set-var(txn.token) req.cook(${tokenHeader})`,
    `  http-request set-var(txn.token) req.hdr(${tokenHeader}) if { req.hdr(${tokenHeader}) -m found }`,
    "  http-request set-var(txn.digest) var(txn.token),sha2(256),hex,lower",
    '  http-request set-var-fmt(txn.right) "%[var(txn.name)]@%[var(txn.generation)]/%[var(txn.digest)]"',
    `  http-request return ${answer("no-access")} if ${isPrivate} !{ var(txn.right),map_str(${tokens}) -m found }`,
    "  http-request set-var(txn.over) var(txn.bytes),sub(txn.headmax)",
    over("headers-too-long", "over"),
    `  http-request return ${answer("length-required")} if { var(txn.bodies) -m str declared } { req.hdr(transfer-encoding) -m found }`,
    "  http-request set-var(txn.toolong) req.hdr(content-length),sub(txn.bodymax)",
    over("body-too-long", "toolong"),
  ];
}

/** Header lines that end here, or that only the data plane may set. */
const stripped: readonly string[] = [
  "forwarded",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "x-bedplate-generation",
  "x-bedplate-probe",
  "x-bedplate-route",
  "x-real-ip",
  "x-shadow",
  tokenHeader,
];

const cookiePattern = `${tokenHeader}=[^;]*`;

const hygiene: readonly string[] = [
  "  http-request lua.strip_hop if { req.hdr(connection) -m found }",
  ...stripped.map((name) => `  http-request del-header ${name}`),
  "  http-request del-header upgrade if !{ req.hdr(upgrade) -m str -i websocket }",
  `  http-request replace-header cookie '^${cookiePattern};?\\s*(.*)$' '\\1'`,
  `  http-request replace-header cookie '^(.*?);\\s*${cookiePattern}(.*)$' '\\1\\2'`,
  "  http-request del-header cookie if { req.fhdr(cookie) -m len 0 }",
  "  http-request set-header x-forwarded-for %[src]",
  "  http-request set-header x-forwarded-proto http if !{ ssl_fc }",
  "  http-request set-header x-forwarded-proto https if { ssl_fc }",
  "  http-request set-header x-forwarded-host %[req.hdr(host)]",
  "  http-response del-header proxy-connection",
  "  http-response del-header keep-alive",
];

const directLines: readonly string[] = [
  "backend direct",
  "  http-request set-timeout server var(txn.timeout)",
  "  http-request set-dst var(txn.target)",
  "  http-request set-dst-port var(txn.port)",
  "  server any 0.0.0.0:0",
  "",
];

function poolLines(servers: readonly string[], index: number): readonly string[] {
  return [
    `backend ${poolName(index)}`,
    "  balance roundrobin",
    "  http-request set-timeout server var(txn.timeout)",
    "  default-server check inter 250ms fastinter 250ms fall 1 rise 1 observe layer4 error-limit 1 on-error mark-down",
    ...servers.map((line) => `  ${line}`),
    "",
  ];
}
