/** The protocol's numbers; `docs/reference/guest-protocol.md` says what they mean. */

export const magic: Uint8Array = new TextEncoder().encode("bedplate");
export const protocolVersion = 1;

export const headerBytes = 8;
/** Longest body of a frame from the agent, and of most frames to it. */
export const dataBytesMax: number = 64 * 1024;
/** Longest body of an OPEN. */
export const openBytesMax: number = 256 * 1024;
export const nonceBytes = 16;
export const tokenBytesMax = 128;
export const creditMax: number = 2 ** 30;
export const streamsMax = 256;

export const frameKind = {
  hello: 1,
  welcome: 2,
  bye: 3,
  open: 4,
  answer: 5,
  data: 6,
  eof: 7,
  item: 8,
  end: 9,
  credit: 10,
  cancel: 11,
  ping: 12,
  pong: 13,
} as const;

export const channel = { input: 0, output: 1, error: 2, items: 3 } as const;
export const channelCount = 4;

export const operation = {
  start: 1,
  attach: 2,
  input: 3,
  signal: 4,
  resize: 5,
  processes: 6,
  stat: 16,
  list: 17,
  read: 18,
  write: 19,
  makeFolder: 20,
  rename: 21,
  remove: 22,
  change: 23,
  symlink: 24,
  attributes: 25,
  setAttribute: 26,
  watch: 27,
  pack: 28,
  unpack: 29,
  forward: 40,
  ports: 41,
  metrics: 42,
  reseed: 43,
  shutdown: 44,
} as const;

export type Operation = keyof typeof operation;

export const tag = {
  code: 1,
  errno: 2,
  versionMin: 3,
  versionMax: 4,
  version: 5,
  token: 6,
  nonce: 7,
  instance: 8,
  feature: 9,
  window: 10,
  pid: 11,
  uid: 12,
  gid: 13,
  streamsMax: 14,
  operation: 15,
  argument: 20,
  variable: 21,
  cwd: 22,
  user: 23,
  label: 24,
  columns: 25,
  rows: 26,
  flags: 27,
  ringBytes: 28,
  timeoutMs: 29,
  process: 30,
  signal: 31,
  scope: 32,
  exitCode: 33,
  exitSignal: 34,
  offsetOutput: 35,
  offsetError: 36,
  path: 50,
  target: 51,
  type: 52,
  size: 53,
  mode: 54,
  modifiedNs: 55,
  owner: 56,
  group: 57,
  depth: 58,
  offset: 59,
  length: 60,
  limit: 61,
  name: 62,
  value: 63,
  event: 64,
  count: 65,
  inode: 66,
  links: 67,
  port: 80,
  address: 81,
  graceMs: 82,
  realtimeNs: 83,
  entropy: 84,
  hostName: 85,
  machineId: 86,
  cpuCount: 100,
  cpuUsedNs: 101,
  cpuIdleNs: 102,
  memoryTotal: 103,
  memoryUsed: 104,
  memoryCache: 105,
  diskTotal: 106,
  diskUsed: 107,
  processCount: 108,
  uptimeMs: 109,
  inodesTotal: 110,
  inodesUsed: 111,
  agentBytes: 112,
} as const;

export const processFlag = {
  stdin: 1,
  untilClosed: 2,
  holdOutput: 4,
  tied: 8,
  noOutput: 16,
  closeInput: 32,
  wait: 64,
  hasExited: 128,
  timedOut: 256,
  outOfMemory: 512,
  pty: 1024,
} as const;

export const fileFlag = {
  follow: 1,
  parents: 2,
  recursive: 4,
  sync: 8,
  exclusive: 16,
  noReplace: 32,
  owners: 64,
  removeAttribute: 128,
} as const;
