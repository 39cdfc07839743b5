export { type AskOptions, ask, askMany, type StreamOperation, type UnaryOperation } from "./ask.ts";
export {
  type Channel,
  type ChannelServer,
  messageBytesMax,
  messageDepthMax,
  openRequestsMax,
  type RequestOptions,
  type ServeContext,
  streamWindowItems,
} from "./channel.ts";
export { type ConnectChannelOptions, openConnectChannel } from "./connect/connect-channel.ts";
export { connectDriver, connectPlugin, describePlugin } from "./connect-plugin.ts";
export { fromJson, toJson } from "./json-codec.ts";
export { hostOperations, operationEntry, pluginOperations } from "./operation-table.ts";
export type {
  HostOperation,
  HostOperations,
  OperationEntry,
  PluginOperation,
  PluginOperations,
  Streamed,
  Unary,
  WireOperation,
  WireOperations,
} from "./operations.ts";
export { overWire } from "./over-wire.ts";
export { openPortChannel, type PortChannelOptions, type PortLike } from "./port-channel.ts";
export { serveDriver, servePlugin } from "./serve-plugin.ts";
