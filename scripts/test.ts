/**
 * Runs the test suites and closes with one plain line, `N passed, N failed`.
 *
 *     deno task test [unit|contract|sim|fuzz|interop|e2e …] [-- arguments of deno test]
 *
 * The interop suites need HashiCorp's `serf` as the peer, and the recipes need the servers that
 * they are for. What is missing is named first, and the tests that need it are left out. Only
 * where the environment says `CI=true` it is installed, which takes Debian and root.
 *
 * Each test is a dot, a failed one `!` and one that is left out `,`; failures are shown whole.
 */

import { debianPackages, installPackages, missingPackages } from "./debian_packages.ts";
import { runScript } from "./lab/command_line.ts";
import { findReferenceSerf } from "./lab/reference_serf.ts";
import { freeNetwork } from "./test_network.ts";

/** Suites that never touch a socket run side by side; the others measure real time. */
const suites = ["unit", "contract", "sim", "fuzz", "interop", "e2e"] as const;
const quickSuites: readonly string[] = ["unit", "contract", "sim", "fuzz"];

interface Tally {
  passed: number;
  failed: number;
  ignored: number;
}

const signsPerLine = 100;

/**
 * Runs `deno test` over a folder, passes its output on and counts what it reports.
 *
 * @param wrapper what runs it, if not this process.
 */
async function runDenoTest(
  folder: string,
  extra: readonly string[],
  wrapper: readonly string[],
): Promise<Tally> {
  const [command = "", ...args] = [...wrapper, Deno.execPath(), "test", "-A", "--unstable-net"];
  const child = new Deno.Command(command, {
    args: [...args, "--no-check", "--reporter=dot", ...extra, folder],
    env: { NO_COLOR: "1", ...Deno.build.os === "windows" ? {} : { PATH: pathWithSbin() } },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();

  let tail = "";
  const dots = new Dots((text) => Deno.stdout.writeSync(new TextEncoder().encode(text)));
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    dots.add(chunk);
    tail = (tail + chunk).slice(-4000);
  }
  dots.end();
  const { code } = await child.status;
  const tally = readTally(tail);
  // A run that broke before it could count must never look like a success.
  if (!tally) return { passed: 0, failed: 1, ignored: 0 };
  if (code !== 0 && tally.failed === 0) tally.failed = 1;
  return tally;
}

/** Some of the tools that tests call lie where only root looks by default. */
function pathWithSbin(): string {
  return `${Deno.env.get("PATH")}:/usr/sbin:/sbin`;
}

/** Puts the signs that `deno test` writes a line each into long lines; the rest stays as it is. */
export class Dots {
  readonly #write: (text: string) => void;
  #unfinished = "";
  #signs = 0;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  add(text: string): void {
    const lines = (this.#unfinished + text).split("\n");
    this.#unfinished = lines.pop()!;
    for (const line of lines) this.#addLine(line);
  }

  end(): void {
    if (this.#unfinished !== "") this.#addLine(this.#unfinished);
    this.#endSigns();
  }

  #addLine(line: string): void {
    if (!/^[.,!]$/.test(line)) {
      this.#endSigns();
      return this.#write(`${line}\n`);
    }
    this.#write(line);
    if (++this.#signs === signsPerLine) this.#endSigns();
  }

  #endSigns(): void {
    if (this.#signs > 0) this.#write("\n");
    this.#signs = 0;
  }
}

const closingLine =
  /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed(?: \([^)]*\))?(?: \| (\d+) ignored)?/gm;

/** Reads the last closing line of `deno test`; undefined without one. */
export function readTally(output: string): Tally | undefined {
  const [, passed, failed, ignored = 0] = [...output.matchAll(closingLine)].at(-1) ?? [];
  if (passed === undefined) return undefined;
  return { passed: Number(passed), failed: Number(failed), ignored: Number(ignored) };
}

/** Whether some of the suites start agents and programs of others. */
function needsPeers(chosen: readonly string[]): boolean {
  return chosen.some((suite) => !quickSuites.includes(suite));
}

/** Debian's packages that the chosen tests need and that are not here. */
async function missingParts(chosen: readonly string[]): Promise<string[]> {
  if (!needsPeers(chosen)) return [];
  const programs = chosen.includes("e2e") ? Object.keys(debianPackages) : ["ip"];
  const reference = await findReferenceSerf() === undefined ? ["serf"] : [];
  return [...reference, ...await missingPackages(programs)];
}

/** Installs what is missing if it may, and says what will be left out. */
async function prepare(chosen: readonly string[]): Promise<void> {
  let missing = await missingParts(chosen);
  if (missing.length > 0 && Deno.env.get("CI") === "true") {
    console.log(`Installing ${missing.join(", ")}`);
    const failure = await installPackages(missing);
    if (failure !== undefined) console.log(`THIS FAILED: ${failure}`);
    missing = await missingParts(chosen);
  }
  if (missing.length === 0) return;
  console.log(`TESTS THAT NEED THESE PARTS OF OTHER PROJECTS ARE SKIPPED: ${missing.join(", ")}`);
  console.log(`On Debian or Ubuntu: apt-get install ${missing.join(" ")}\n`);
}

async function main(args: readonly string[]): Promise<number> {
  const divider = args.indexOf("--");
  const wanted = divider < 0 ? args : args.slice(0, divider);
  const extra = divider < 0 ? [] : args.slice(divider + 1);
  const chosen = wanted.length > 0 ? suites.filter((suite) => wanted.includes(suite)) : suites;
  const unknown = wanted.find((suite) => !(suites as readonly string[]).includes(suite));
  if (unknown !== undefined) {
    throw new TypeError(`There is no suite "${unknown}": try ${suites.join(", ")}`);
  }

  await prepare(chosen);
  const network = needsPeers(chosen) ? await freeNetwork() : [];
  const total: Tally = { passed: 0, failed: 0, ignored: 0 };
  for (const suite of chosen) {
    const startedAt = performance.now();
    const tally = quickSuites.includes(suite)
      ? await runDenoTest(`tests/${suite}`, ["--parallel", ...extra], [])
      : await runDenoTest(`tests/${suite}`, extra, network);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    const { passed, failed, ignored } = tally;
    console.log(
      `${suite}: ${passed} passed, ${failed} failed, ${ignored} skipped in ${seconds} s\n`,
    );
    total.passed += passed;
    total.failed += failed;
    total.ignored += ignored;
  }
  const skipped = total.ignored > 0 ? `, ${total.ignored} skipped` : "";
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

if (import.meta.main) {
  Deno.chdir(new URL("..", import.meta.url));
  await runScript(main);
}
