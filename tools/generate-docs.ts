/**
 * Writes the reference pages from what they describe, and copies examples into the pages that show
 * them. With `--check` it writes nothing, and fails when a page is not what it would write.
 *
 * A page shows a file with `<!-- include PATH -->` and a code block behind it.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { extname } from "node:path";
import { apiPage } from "./docs/api-page.ts";
import { cliPage } from "./docs/cli-page.ts";
import { configPage } from "./docs/config-page.ts";
import { faultsPage } from "./docs/faults-page.ts";

const pages: Readonly<Record<string, () => string>> = {
  "docs/reference/cli.md": cliPage,
  "docs/reference/http-api.md": apiPage,
  "docs/reference/configuration.md": configPage,
  "docs/reference/faults.md": faultsPage,
};

const includePattern = /<!-- include (\S+) -->\n\n```\w*\n[\s\S]*?\n?```\n/g;

function withIncludes(text: string): string {
  return text.replace(includePattern, (_, path: string) => {
    const language = extname(path).slice(1);
    return `<!-- include ${path} -->\n\n\`\`\`${language}\n${readFileSync(path, "utf8")}\`\`\`\n`;
  });
}

/** Relative links of a page that lead nowhere. */
function brokenLinks(page: string, text: string): readonly string[] {
  const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target = ""]) => target);
  const base = new URL(page, `file://${process.cwd()}/`);
  return targets
    .filter((each) => !/^[a-z]+:/.test(each) && !existsSync(new URL(each, base)))
    .map((each) => `${page}: ${each} is not there`);
}

const written = globSync([
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "docs/**/*.md",
])
  .filter((path) => pages[path] === undefined)
  .map((path) => [path, withIncludes(readFileSync(path, "utf8"))] as const);
const generated = Object.entries(pages).map(([path, make]) => [path, make()] as const);
const isCheck = process.argv.includes("--check");
const complaints: string[] = [];
for (const [path, text] of [...generated, ...written]) {
  const isSame = existsSync(path) && readFileSync(path, "utf8") === text;
  if (isCheck && !isSame)
    complaints.push(`${path} is out of date: run node tools/generate-docs.ts`);
  else if (!isSame) writeFileSync(path, text);
}
for (const [path, text] of [...generated, ...written]) complaints.push(...brokenLinks(path, text));
for (const each of complaints) process.stderr.write(`${each}\n`);
process.exitCode = complaints.length > 0 ? 1 : 0;
