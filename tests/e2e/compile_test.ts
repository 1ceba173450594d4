/**
 * `deno task compile`, as far as a machine can go that may not reach Deno's
 * download host: tiny programs stand in for the base runtime.
 */

import assert from "node:assert/strict";
import { targets } from "../../scripts/compile.ts";
import { VERSION } from "../../src/agent/version.ts";
import { versionText } from "../../src/cli/version.ts";

const root = new URL("../..", import.meta.url).pathname;
const ownTarget = "x86_64-unknown-linux-gnu";
/** What lies beside the programs, whichever there are. */
const billName = `serf-${VERSION}.cdx.json`;
const documents = ["LICENSES", "SHA256SUMS", "serf.1"];
const needsLinux = { ignore: Deno.build.target !== ownTarget };

/** A base runtime that runs; the tests of what is compiled need one. */
const baseRuntime = Deno.build.target === ownTarget ? Deno.env.get("DENORT_BIN") : undefined;
// The other tests name their own, or none.
Deno.env.delete("DENORT_BIN");
if (baseRuntime === undefined) {
  console.warn("A COMPILED PROGRAM IS NOT RUN: that takes a base runtime in DENORT_BIN");
}

/** A folder for results, and the script run with it. */
class Workplace implements AsyncDisposable {
  readonly folder = Deno.makeTempDirSync();
  readonly output = `${this.folder}/dist`;

  async compile(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "scripts/compile.ts", `--output=${this.output}`, ...args],
      cwd: root,
      env: { ...env },
      stdin: "null",
      stderr: "inherit",
    }).output();
    return { code, lines: new TextDecoder().decode(stdout).trimEnd().split("\n") };
  }

  /** The files that the script left, sorted. */
  results(): string[] {
    return [...Deno.readDirSync(this.output)].map(({ name }) => name).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** A Linux program for x64 that prints a text and ends: 120 bytes of header and a few of code. */
function tinyProgram(text: string): Uint8Array {
  const message = new TextEncoder().encode(text);
  // write(1, message, length), with both numbers still to be filled in; then exit(0).
  const code = Uint8Array.fromHex(
    "bf01000000" + "488d3500000000" + "ba00000000" + "b801000000" + "0f05" +
      "31ff" + "b83c000000" + "0f05",
  );
  const codeView = new DataView(code.buffer);
  codeView.setInt32(8, code.length - 12, true);
  codeView.setUint32(13, message.length, true);

  const start = 120;
  const size = start + code.length + message.length;
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const short = (at: number, value: number) => view.setUint16(at, value, true);
  const word = (at: number, value: number) => view.setUint32(at, value, true);
  const long = (at: number, value: number) => view.setBigUint64(at, BigInt(value), true);
  const address = 0x400000;
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  short(16, 2); // an executable
  short(18, 0x3e); // for x64
  word(20, 1);
  long(24, address + start);
  long(32, 64);
  short(52, 64);
  short(54, 56);
  short(56, 1); // with one segment:
  short(58, 64);
  word(64, 1);
  word(68, 5);
  long(80, address);
  long(88, address);
  long(96, size);
  long(104, size);
  long(112, 0x1000);
  bytes.set(code, start);
  bytes.set(message, start + code.length);
  return bytes;
}

/** Deno's cache without the base runtimes that it may hold. */
async function cacheWithoutBases(folder: string): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { denoDir }: { denoDir: string } = JSON.parse(new TextDecoder().decode(stdout));
  const cache = `${folder}/cache`;
  await Deno.mkdir(`${cache}/dl`, { recursive: true });
  const link = async (from: string, to: string, hidden: readonly string[]) => {
    for await (const { name } of Deno.readDir(from)) {
      if (!hidden.includes(name)) await Deno.symlink(`${from}/${name}`, `${to}/${name}`);
    }
  };
  await link(denoDir, cache, ["dl"]);
  await link(`${denoDir}/dl`, `${cache}/dl`, ["release", "canary"]).catch(() => {});
  return cache;
}

Deno.test("compile says for each target that the base runtime cannot be had", async () => {
  await using place = new Workplace();
  // The bundler may have to be fetched first, which this test is not about.
  await place.compile(["x86_64-pc-windows-msvc"], { DENORT_BIN: "/nonexistent" });
  const { code, lines } = await place.compile(Object.keys(targets), {
    DENO_DIR: await cacheWithoutBases(place.folder),
    // Nobody listens there, so that the test is the same wherever it runs.
    HTTPS_PROXY: "http://127.67.8.1:9",
  });
  assert.equal(code, 1);
  assert.equal(lines[0], `bundle: ${place.output}/serf-${VERSION}.js, starts`);
  assert.equal(lines.at(-1), "0 of 6 targets built");
  assert.equal(lines.length, 8);
  for (const target of Object.keys(targets)) {
    const line = lines.find((line) => line.startsWith(`${target}: `)) ?? "";
    assert.match(
      line,
      /: FAILED: the base runtime cannot be downloaded from https:\/\/\S+ \(.+\)$/,
    );
    assert.equal(line.includes(`denort-${target}.zip`), true);
  }
  assert.deepEqual(place.results(), [...documents, billName, `serf-${VERSION}.js`].sort());
});

Deno.test({
  name: "compile builds, starts and signs off what works",
  ...needsLinux,
  fn: async () => {
    await using place = new Workplace();
    const base = `${place.folder}/base`;
    await Deno.writeFile(base, tinyProgram(`${versionText}\n`), { mode: 0o755 });
    const { code, lines } = await place.compile([ownTarget], { DENORT_BIN: base });
    const file = `serf-${VERSION}-${ownTarget}`;
    assert.deepEqual(lines, [
      `The base runtime is ${base} for every target, as DENORT_BIN says.`,
      `bundle: ${place.output}/serf-${VERSION}.js, starts`,
      `${ownTarget}: ${place.output}/${file}, starts`,
      "1 of 1 targets built",
    ]);
    assert.equal(code, 0);
    assert.deepEqual(place.results(), [...documents, file, billName, `serf-${VERSION}.js`].sort());

    const check = await new Deno.Command("sha256sum", {
      args: ["--check", "--strict", "SHA256SUMS"],
      cwd: place.output,
    }).output();
    assert.equal(
      new TextDecoder().decode(check.stdout),
      [`serf-${VERSION}.js`, file, billName, "LICENSES", "serf.1"].map((name) => `${name}: OK\n`)
        .join(""),
    );

    // What the real base runtime will read: datagrams switched on, and no questions asked.
    const bytes = await Deno.readFile(`${place.output}/${file}`);
    const text = new TextDecoder("latin1").decode(bytes);
    assert.equal(text.includes('"features":["net"]'), true);
    assert.equal(text.includes('"prompt":false'), true);
    // No compiled code is loaded from a folder where everybody may write.
    assert.equal(text.includes('"code_cache_key":null'), true);
    for (const right of ["env", "net", "read", "run", "sys", "write"]) {
      assert.equal(text.includes(`"allow_${right}":[]`), true, right);
    }
    assert.equal(((await Deno.stat(`${place.output}/${file}`)).mode ?? 0) & 0o111, 0o111);
  },
});

Deno.test({
  name: "a compiled program loads no code from the folder for temporary files",
  ignore: baseRuntime === undefined,
  fn: async () => {
    await using place = new Workplace();
    const { code, lines } = await place.compile([ownTarget], { DENORT_BIN: baseRuntime ?? "" });
    assert.equal(code, 0, lines.join("\n"));
    const name = `serf-${VERSION}-${ownTarget}`;
    // Whoever opens a pipe that nobody writes to waits for ever.
    const pipe = `${place.folder}/deno-compile-${name}.cache`;
    assert.equal((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success, true);
    const started = await new Deno.Command(`${place.output}/${name}`, {
      args: ["version"],
      env: { TMPDIR: place.folder },
      stdin: "null",
      signal: AbortSignal.timeout(20_000),
    }).output();
    assert.equal(new TextDecoder().decode(started.stdout), `${versionText}\n`);
  },
});

Deno.test({
  name: "compile keeps nothing that does not start, or is for another platform",
  ...needsLinux,
  fn: async () => {
    await using place = new Workplace();
    const base = `${place.folder}/base`;
    await Deno.writeFile(base, tinyProgram("something else\n"), { mode: 0o755 });
    const stale = `${place.output}/serf-${VERSION}-${ownTarget}`;
    await Deno.mkdir(place.output);
    await Deno.writeTextFile(stale, "from an earlier run");
    const { code, lines } = await place.compile(Object.keys(targets), { DENORT_BIN: base });
    assert.equal(code, 1);
    assert.deepEqual(lines.slice(2), [
      `${ownTarget}: FAILED: it does not start: "serf version" says something else`,
      "aarch64-unknown-linux-gnu: FAILED: the base runtime is of another platform: ELF for x64",
      "x86_64-apple-darwin: FAILED: Invalid object: Linkedit segment not found",
      "aarch64-apple-darwin: FAILED: Invalid object: Linkedit segment not found",
      "x86_64-pc-windows-msvc: FAILED: Invalid object: Failed to parse PE",
      "aarch64-pc-windows-msvc: FAILED: Invalid object: Failed to parse PE",
      "0 of 6 targets built",
    ]);
    assert.deepEqual(place.results(), [...documents, billName, `serf-${VERSION}.js`].sort());
  },
});

Deno.test("compile refuses what is no target", async () => {
  await using place = new Workplace();
  const { code, lines } = await place.compile(["amiga"]);
  assert.equal(code, 1);
  assert.match(
    lines.join("\n"),
    /^Not a target: "amiga"\. Targets are: x86_64-unknown-linux-gnu, /,
  );
});
