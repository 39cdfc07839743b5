export { type FakeDeclares, fakePoints, observationsMax } from "./fake-manifest.ts";
export type {
  FakeOperation,
  FakeOptions,
  MachineOperation,
  ScriptedFault,
} from "./fake-options.ts";
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
export { encodeImage, type FakeImage, imageBytesMax, parseImage } from "./machine/fake-image.ts";
export { type FakeMachineOptions, fakeMachinePlugin } from "./machine/fake-machine-plugin.ts";
export type { FakeHosts } from "./machine/fake-network.ts";
export type { FakeMachineDeclares } from "./machine/machine-manifest.ts";
export { type MachineStep, parseMachineSteps } from "./machine/machine-step.ts";
