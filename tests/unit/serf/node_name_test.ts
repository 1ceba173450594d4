import { strictEqual } from "node:assert/strict";
import { judgeNodeName, maxNodeNameLength } from "../../../src/serf/node_name.ts";
import nodeNames from "../../vectors/node-names.json" with { type: "json" };

Deno.test("judgeNodeName() agrees with the recorded verdicts", () => {
  strictEqual(nodeNames.data.length, 12);
  for (const { name, valid_when_enabled } of nodeNames.data) {
    strictEqual(judgeNodeName(name) === undefined, valid_when_enabled, name);
  }
});

Deno.test("judgeNodeName() counts bytes, and says what is wrong", () => {
  const long = "x".repeat(maxNodeNameLength + 1);
  strictEqual(judgeNodeName(long), `Node name "${long}" is longer than 128 bytes`);
  strictEqual(
    judgeNodeName("a_b"),
    'Node name "a_b" has characters other than letters, digits, "-" and "."',
  );
});
