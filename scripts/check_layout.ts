/**
 * Checks that the house stays in order: no stray entry at the top, files named
 * in snake_case, a test for every source file that holds code, and no script that needs the
 * tests: they may use the scripts.
 */

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

/** Yields the paths of all files below `folder`. */
async function* walk(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* walk(path);
    else yield path;
  }
}

/** Names the tracked files and folders at the top that do not belong there. */
async function strayEntries(): Promise<string[]> {
  const { stdout } = await new Deno.Command("git", { args: ["ls-files"] }).output();
  const names = new TextDecoder().decode(stdout).split("\n")
    .map((path) => path.split("/")[0] ?? "")
    .filter((name) => name !== "" && !name.startsWith(".") && !topLevel.has(name));
  return [...new Set(names)].map((name) => `${name}: does not belong at the top level`);
}

/** Whether a source file declares nothing that runs, so that there is nothing to test. */
function isTypesOnly(source: string): boolean {
  return !/^(?:export )?(?:async )?(?:function|class|const|let)\b/m.test(source);
}

async function main(): Promise<number> {
  const problems = await strayEntries();

  const tests = new Map<string, string>();
  for await (const path of walk("tests")) {
    if (path.endsWith(".ts")) tests.set(path, await Deno.readTextFile(path));
  }
  for await (const path of walk("src")) {
    const name = path.split("/").at(-1) ?? "";
    // The pages lie beside the code that they explain, and are published with it.
    if (/^src\/docs\/(?:protocol\/)?[a-z0-9_]+\.(?:md|svg)$/.test(path)) continue;
    if (!/^[a-z0-9_]+\.ts$/.test(name)) problems.push(`${path}: name files in snake_case`);
    if (isTypesOnly(await Deno.readTextFile(path))) continue;
    const own = path.replace("src/", "tests/unit/").replace(/\.ts$/, "_test.ts");
    const mentioned = [...tests.values()].some((source) => source.includes(path));
    if (!tests.has(own) && !mentioned) problems.push(`${path}: no test imports it`);
  }

  for await (const path of walk("scripts")) {
    const isScript = path.endsWith(".ts");
    if (isScript && /from "[./]+\/tests\//.test(await Deno.readTextFile(path))) {
      problems.push(`${path}: scripts do not import from tests`);
    }
  }

  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
