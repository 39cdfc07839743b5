export type { JavascriptConfig, JavascriptInstanceConfig } from "./config.ts";
export type { JavascriptDeclares } from "./manifest.ts";
export { javascriptPlugin } from "./plugin.ts";
