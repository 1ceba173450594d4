/**
 * Checks that the house stays in order: no stray entry at the top, files named in snake_case, a
 * test for every source file that holds code, no script that needs the tests (they may use the
 * scripts), no export that nobody needs, and no comment or page that points at nothing.
 */

import { existsSync } from "node:fs";
import { deadReferences } from "./house/references.ts";
import { unusedExports } from "./house/unused_exports.ts";

const topLevel = new Set([
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "SECURITY.md",
  "deno.json",
  "deno.lock",
  "main.ts",
  "scripts",
  "src",
  "tests",
]);

/** The text of files, by their paths. */
type Texts = ReadonlyMap<string, string>;

/** Names what is out of order among the files of the repository. */
export function judgeLayout(files: Texts): string[] {
  const select = (pattern: RegExp) => new Map([...files].filter(([path]) => pattern.test(path)));
  const modules = select(/\.ts$/);
  return [
    ...strayEntries([...files.keys()]),
    ...misnamed([...select(/^src\//).keys()]),
    ...untested(modules),
    ...[...select(/^scripts\/.*\.ts$/)]
      .filter(([, source]) => /from "[./]+\/tests\//.test(source))
      .map(([path]) => `${path}: scripts do not import from tests`),
    ...unusedExports(modules, files.get("SECURITY.md") ?? ""),
    ...deadReferences(select(/\.(?:md|svg|ts)$/)),
  ];
}

/** Names files and folders at the top that do not belong there. */
function strayEntries(paths: readonly string[]): string[] {
  const names = new Set(paths.map((path) => path.split("/")[0]!));
  return [...names].filter((name) => !name.startsWith(".") && !topLevel.has(name))
    .map((name) => `${name}: does not belong at the top level`);
}

/** The pages and their pictures lie beside the code that they explain, and are published with it. */
function misnamed(paths: readonly string[]): string[] {
  return paths.filter((path) =>
    !/\/[a-z0-9_]+\.ts$/.test(path) &&
    !/^src\/docs\/(?:protocol\/)?[a-z0-9_]+\.(?:md|svg)$/.test(path)
  ).map((path) => `${path}: name files in snake_case`);
}

function untested(modules: Texts): string[] {
  const tests = [...modules].filter(([path]) => path.startsWith("tests/"));
  return [...modules].filter(([path, source]) => {
    if (!path.startsWith("src/") || isTypesOnly(source)) return false;
    const own = path.replace("src/", "tests/unit/").replace(/\.ts$/, "_test.ts");
    return !modules.has(own) && !tests.some(([, test]) => test.includes(path));
  }).map(([path]) => `${path}: no test imports it`);
}

/** Whether a source file declares nothing that runs, so that there is nothing to test. */
function isTypesOnly(source: string): boolean {
  return !/^(?:export )?(?:async )?(?:function|class|const|let)\b/m.test(source);
}

/** The text of all files that are in the repository or about to be, by their paths. */
function repositoryFiles(): Texts {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard"];
  const { stdout } = new Deno.Command("git", { args }).outputSync();
  const paths = new TextDecoder().decode(stdout).trimEnd().split("\n");
  // What is listed may have been removed since.
  const there = paths.filter((path) => existsSync(path));
  return new Map(there.map((path) => [path, Deno.readTextFileSync(path)]));
}

if (import.meta.main) {
  const problems = judgeLayout(repositoryFiles());
  for (const problem of problems) console.error(problem);
  Deno.exit(problems.length === 0 ? 0 : 1);
}
