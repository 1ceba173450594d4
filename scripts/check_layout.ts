/**
 * Checks that the house stays in order: no stray entry at the top, files named
 * in snake_case, a test for every source file that holds code, and no script that needs the
 * tests: they may use the scripts.
 */

import { toolOutput } from "./lab/command.ts";
import { filesIn } from "./lab/files.ts";

const topLevel = new Set([
  ...["CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "deno.json", "deno.lock", "main.ts"],
  ...["scripts", "src", "tests"],
]);

/** Names the tracked files and folders at the top that do not belong there. */
async function strayEntries(): Promise<string[]> {
  const paths = (await toolOutput("git", "ls-files")).trim().split("\n");
  const names = new Set(paths.map((path) => path.split("/")[0]!));
  return [...names].filter((name) => !name.startsWith(".") && !topLevel.has(name))
    .map((name) => `${name}: does not belong at the top level`);
}

/** Whether a source file declares nothing that runs, so that there is nothing to test. */
function isTypesOnly(source: string): boolean {
  return !/^(?:export )?(?:async )?(?:function|class|const|let)\b/m.test(source);
}

async function main(): Promise<number> {
  const problems = await strayEntries();
  const tests = new Map(filesIn("tests", ".ts").map((path) => [path, Deno.readTextFileSync(path)]));
  for (const path of filesIn("src")) {
    // The pages lie beside the code that they explain, and are published with it.
    if (/^src\/docs\/(?:protocol\/)?[a-z0-9_]+\.md$/.test(path)) continue;
    if (!/\/[a-z0-9_]+\.ts$/.test(path)) problems.push(`${path}: name files in snake_case`);
    if (isTypesOnly(Deno.readTextFileSync(path))) continue;
    const own = path.replace("src/", "tests/unit/").replace(/\.ts$/, "_test.ts");
    const isMentioned = tests.values().some((source) => source.includes(path));
    if (!tests.has(own) && !isMentioned) problems.push(`${path}: no test imports it`);
  }
  for (const path of filesIn("scripts", ".ts")) {
    if (/from "[./]+\/tests\//.test(Deno.readTextFileSync(path))) {
      problems.push(`${path}: scripts do not import from tests`);
    }
  }
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
