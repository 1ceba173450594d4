/** The files around the program, as the tools that will read them see them. */

import assert from "node:assert/strict";
import { findProgram } from "../../scripts/debian_packages.ts";
import { manPage } from "../../scripts/man_page.ts";
import { decodeConfig } from "../../src/agent/settings/config_file.ts";
import { needsPrograms } from "../support/recipes.ts";

const folder = new URL("../../scripts/service/", import.meta.url).pathname;

async function run(command: string, args: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test({
  name: "systemd finds nothing wrong with the unit, and little that it leaves open",
  ...await needsPrograms("systemd-analyze"),
  fn: async () => {
    const scratch = await Deno.makeTempDir();
    try {
      // What is not installed here stands for what will be.
      const unit = (await Deno.readTextFile(`${folder}serf.service`))
        .replace("/usr/local/bin/serf", Deno.execPath())
        .replace(/^Documentation=.*\n/m, "");
      await Deno.writeTextFile(`${scratch}/serf.service`, unit);
      const verified = await run("systemd-analyze", ["verify", `${scratch}/serf.service`]);
      const complaints = verified.output.split("\n").filter((line) =>
        line.includes("serf.service")
      );
      assert.deepEqual({ code: verified.code, complaints }, { code: 0, complaints: [] });

      const { output } = await run("systemd-analyze", [
        "security",
        "--offline=yes",
        "--no-pager",
        `${scratch}/serf.service`,
      ]);
      const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(output)?.[1]);
      assert.equal(exposure < 2.5, true, output);
    } finally {
      await Deno.remove(scratch, { recursive: true });
    }
  },
});

Deno.test({
  name: "the manual page is one that man can read",
  ...await needsPrograms("mandoc"),
  fn: async () => {
    const path = await Deno.makeTempFile({ suffix: ".1" });
    try {
      await Deno.writeTextFile(path, await manPage());
      const mandoc = await findProgram("mandoc") ?? "mandoc";
      const { output } = await run(mandoc, ["-T", "lint", "-W", "warning", path]);
      // A page that is generated has no date of its own.
      const complaints = output.split("\n").filter((line) => line !== "" && !/date/.test(line));
      assert.deepEqual(complaints, []);
      const { output: text } = await run(mandoc, ["-T", "ascii", "-O", "width=100", path]);
      // Bold letters are printed twice, with a step back between.
      const plain = text.split("\b").map((part, at, all) =>
        at + 1 < all.length ? part.slice(0, -1) : part
      );
      assert.match(plain.join(""), /serf keys \[options\]/);
    } finally {
      await Deno.remove(path);
    }
  },
});

Deno.test("the example configuration is one that an agent takes", async () => {
  const layer = decodeConfig(await Deno.readFile(`${folder}serf.json`));
  assert.equal(layer.leaveOnTerminate, true);
  assert.deepEqual(layer.retryJoin, ["10.0.0.2", "10.0.0.3"]);
});

Deno.test("launchd's job is well-formed, with a key for every value", async () => {
  const text = await Deno.readTextFile(`${folder}serf.plist`);
  const open: string[] = [];
  for (const [tag, slash, name = "", single] of text.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (single) continue;
    if (slash) assert.equal(open.pop(), name, tag);
    else open.push(name);
  }
  assert.deepEqual(open, []);
  assert.match(text, /<string>\/usr\/local\/bin\/serf<\/string>\s*<string>agent<\/string>/);
});
