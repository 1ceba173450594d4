/**
 * Runs the test suites and closes with one plain line, `N passed, N failed`.
 *
 *     deno task test [unit|contract|sim|fuzz|interop|e2e …] [-- arguments of deno test]
 *
 * The interop suites need HashiCorp's `serf` as the peer, and the recipes need
 * the servers that they are for. On a Debian machine where this process may install
 * packages it fetches them; elsewhere those tests are left out, and the last lines
 * say so.
 */

import { debianPackages, installPackages, missingPackages } from "./debian_packages.ts";
import { findReferenceSerf } from "./reference_serf.ts";

/** Suites that never touch a socket run side by side; the others measure real time. */
const suites = ["unit", "contract", "sim", "fuzz", "interop", "e2e"] as const;
const quickSuites: readonly string[] = ["unit", "contract", "sim", "fuzz"];

interface Tally {
  passed: number;
  failed: number;
  ignored: number;
}

/** Runs `deno test` over some folders, passes its output on and counts what it reports. */
async function runDenoTest(folders: readonly string[], extra: readonly string[]): Promise<Tally> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--unstable-net", "--no-check", ...extra, ...folders],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();

  let tail = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    await Deno.stdout.write(chunk);
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-4000);
  }
  const { code } = await child.status;
  const tally = readTally(tail);
  // A run that broke before it could count must never look like a success.
  if (!tally) return { passed: 0, failed: 1, ignored: 0 };
  if (code !== 0 && tally.failed === 0) tally.failed = 1;
  return tally;
}

/** Reads the closing line of `deno test`; undefined if there is none. */
export function readTally(output: string): Tally | undefined {
  const lines = [
    ...output.matchAll(
      /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed(?: \([^)]*\))?(?: \| (\d+) ignored)?/gm,
    ),
  ];
  const last = lines.at(-1);
  if (!last) return undefined;
  return { passed: Number(last[1]), failed: Number(last[2]), ignored: Number(last[3] ?? 0) };
}

async function hasTests(folder: string): Promise<boolean> {
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.name.endsWith("_test.ts")) return true;
      if (entry.isDirectory && await hasTests(`${folder}/${entry.name}`)) return true;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return false;
}

/** Debian's packages that the chosen tests need and that are not here. */
async function missingParts(withRecipes: boolean): Promise<string[]> {
  const programs = withRecipes ? Object.keys(debianPackages) : ["ip"];
  const reference = await findReferenceSerf() === undefined ? ["serf"] : [];
  return [...reference, ...await missingPackages(programs)];
}

async function main(args: readonly string[]): Promise<number> {
  const divider = args.indexOf("--");
  const wanted = divider < 0 ? args : args.slice(0, divider);
  const extra = divider < 0 ? [] : args.slice(divider + 1);
  const chosen = wanted.length > 0 ? wanted : suites;

  if (chosen.includes("interop") || chosen.includes("e2e")) {
    await installPackages(await missingParts(chosen.includes("e2e")));
  }

  const total: Tally = { passed: 0, failed: 0, ignored: 0 };
  const groups = [
    { suites: chosen.filter((suite) => quickSuites.includes(suite)), extra: ["--parallel"] },
    { suites: chosen.filter((suite) => !quickSuites.includes(suite)), extra: [] },
  ];
  for (const group of groups) {
    const folders = group.suites.map((suite) => `tests/${suite}`);
    const present: string[] = [];
    for (const folder of folders) if (await hasTests(folder)) present.push(folder);
    if (present.length === 0) continue;

    const tally = await runDenoTest(present, [...group.extra, ...extra]);
    total.passed += tally.passed;
    total.failed += tally.failed;
    total.ignored += tally.ignored;
  }

  if (total.ignored > 0) {
    console.log(`\n${total.ignored} TESTS WERE SKIPPED.`);
    const missing = await missingParts(chosen.includes("e2e"));
    if (missing.length > 0) {
      console.log(
        `They need parts of other projects. On Debian or Ubuntu: apt-get install ${
          missing.join(" ")
        }`,
      );
    }
  }
  const skipped = total.ignored > 0 ? `, ${total.ignored} skipped` : "";
  console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

if (import.meta.main) {
  Deno.chdir(new URL("..", import.meta.url));
  Deno.exit(await main(Deno.args));
}
