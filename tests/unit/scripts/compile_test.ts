import assert from "node:assert/strict";
import {
  allTargets,
  failureReason,
  inspectExecutable,
  parseArguments,
  targets,
} from "../../../scripts/compile.ts";

/** A file of 128 zero bytes but for some numbers at some places. */
function file(write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(128);
  write(new DataView(bytes.buffer));
  return bytes;
}

Deno.test("parseArguments() builds for every target unless some are named", () => {
  assert.deepEqual(parseArguments([]), { output: "dist", targets: allTargets });
  assert.deepEqual(parseArguments(["--output=/tmp/x", "aarch64-apple-darwin"]), {
    output: "/tmp/x",
    targets: ["aarch64-apple-darwin"],
  });
});

Deno.test("parseArguments() refuses what is no target, and an empty folder", () => {
  assert.throws(
    () => parseArguments(["linux"]),
    /^Error: Not a target: "linux"\. Targets are: x86/,
  );
  assert.throws(() => parseArguments(["toString"]), /Not a target/);
  assert.throws(() => parseArguments(["--output="]), /needs a folder/);
});

Deno.test("inspectExecutable() tells format and processor", () => {
  const elf = (machine: number) =>
    file((view) => {
      view.setUint32(0, 0x7f454c46);
      view.setUint16(18, machine, true);
    });
  assert.deepEqual(inspectExecutable(elf(0x3e)), { format: "ELF", cpu: "x64" });
  assert.deepEqual(inspectExecutable(elf(0xb7)), { format: "ELF", cpu: "arm64" });
  assert.equal(inspectExecutable(elf(3)), undefined);

  const macho = (cpu: number) =>
    file((view) => {
      view.setUint32(0, 0xcffaedfe);
      view.setUint32(4, cpu, true);
    });
  assert.deepEqual(inspectExecutable(macho(0x01000007)), { format: "Mach-O", cpu: "x64" });
  assert.deepEqual(inspectExecutable(macho(0x0100000c)), { format: "Mach-O", cpu: "arm64" });

  const pe = (machine: number, header = 0x40) =>
    file((view) => {
      view.setUint16(0, 0x4d5a);
      view.setUint32(0x3c, header, true);
      if (header + 6 > 128) return;
      view.setUint32(header, 0x50450000);
      view.setUint16(header + 4, machine, true);
    });
  assert.deepEqual(inspectExecutable(pe(0x8664)), { format: "PE", cpu: "x64" });
  assert.equal(inspectExecutable(pe(0x8664, 0xffff_fff0)), undefined);
});

Deno.test("inspectExecutable() knows nothing of other files", () => {
  assert.equal(inspectExecutable(new Uint8Array(0)), undefined);
  assert.equal(inspectExecutable(new TextEncoder().encode("#!/bin/sh\n".repeat(20))), undefined);
  assert.equal(inspectExecutable(Deno.readFileSync(Deno.execPath()).subarray(0, 40)), undefined);
});

Deno.test("inspectExecutable() knows the runtime that runs this test", () => {
  const own = targets[Deno.build.target];
  using runtime = Deno.openSync(Deno.execPath());
  const start = new Uint8Array(4096);
  runtime.readSync(start);
  assert.deepEqual(inspectExecutable(start), own);
});

Deno.test("failureReason() says where the base runtime could not be had, and why", () => {
  const url = "https://dl.deno.land/release/v2.9.6/denort-x86_64-apple-darwin.zip";
  const stderr = [
    `Download ${url}`,
    "error: Writing deno compile executable to temporary file 'x.tmp-1'",
    "",
    "Caused by:",
    "    0: Setting up base binary.",
    `    1: error sending request for url (${url}): client error (Connect): dns error`,
    "    2: client error (Connect)",
    "",
    "Stack backtrace:",
    "   0: <unknown>",
  ].join("\n");
  assert.equal(
    failureReason(stderr),
    `the base runtime cannot be downloaded from ${url} (client error (Connect): dns error)`,
  );
});

Deno.test("failureReason() finds the last cause, a panic or the error itself", () => {
  const caused = "error: Writing\n\nCaused by:\n    0: Writing binary bytes\n" +
    "    1: Invalid object: Failed to parse PE\n\nStack backtrace:\n   0: <unknown>\n";
  assert.equal(failureReason(caused), "Invalid object: Failed to parse PE");
  assert.equal(
    failureReason("x\nthread 'main' panicked at lib.rs:1:\ny\n"),
    "thread 'main' panicked at lib.rs:1:",
  );
  assert.equal(failureReason("Check main.ts\nerror: Module not found\n"), "Module not found");
  assert.equal(failureReason(""), "deno compile failed without a word");
});
