/** The fake environment as a program of its own. */
import { fakePlugin } from "@bedplate/environment-fake";
import { runPlugin } from "../src/index.ts";

await runPlugin(fakePlugin());
