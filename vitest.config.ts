import { availableParallelism } from "node:os";
import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: [
      "{foundation,contracts,environments,providers,core,api,apps,tools,examples}/**/test/**/*.test.ts",
    ],
    // Many tests wait for an engine or a deadline: one file at a time would leave a small machine idle.
    maxWorkers: Math.max(2, availableParallelism()),
    // Engines and machines are real, and the gate's machine is shared: what fails there is tried once more.
    retry: process.env["BEDPLATE_TEST_ALL"] === "1" ? 1 : 0,
    testTimeout: 120_000,
    hookTimeout: 30_000,
  },
});

export default config;
