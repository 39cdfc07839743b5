export { type FakeDeclares, fakePoints, observationsMax } from "./fake-manifest.ts";
export type { FakeOperation, FakeOptions, ScriptedFault } from "./fake-options.ts";
export { fakePlugin } from "./fake-plugin.ts";
export {
  encodeScript,
  type FakeScript,
  type FakeSource,
  type FakeStep,
  parseScript,
  scriptBytesMax,
  scriptNestingMax,
} from "./fake-script.ts";
