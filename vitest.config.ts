import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: [
      "{foundation,contracts,environments,providers,core,api,apps,tools,examples}/**/test/**/*.test.ts",
    ],
    testTimeout: 120_000,
    hookTimeout: 30_000,
  },
});

export default config;
