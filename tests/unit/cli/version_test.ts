import assert from "node:assert/strict";
import { VERSION } from "../../../src/agent/version.ts";
import { versionText } from "../../../src/cli/version.ts";

Deno.test("VERSION is the version in deno.json", async () => {
  const config: { version: string } = JSON.parse(
    await Deno.readTextFile(new URL("../../../deno.json", import.meta.url)),
  );
  assert.equal(VERSION, config.version);
});

Deno.test("versionText has two lines, with the protocols on the second", () => {
  assert.equal(versionText, `${VERSION}\nAgent Protocol: 5 (Understands back to: 2)`);
});
