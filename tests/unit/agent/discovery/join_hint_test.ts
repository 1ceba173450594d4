import { match, strictEqual } from "node:assert/strict";
import { joinHint } from "../../../../src/agent/discovery/join_hint.ts";

Deno.test("joinHint() explains a peer that hangs up, and nothing else", () => {
  const failed = (reason: string) =>
    `2 errors occurred:\n\t* failed to join 10.0.0.2:7946: i/o timeout\n\t* ${reason}\n\n`;
  match(joinHint(failed("failed to join 10.0.0.1:7373: EOF")) ?? "", /7946 by default.* key/);
  strictEqual(joinHint(failed("failed to join 10.0.0.1:7373: connection refused")), undefined);
  strictEqual(joinHint("Error decoding 'c.json': EOF"), undefined);
});
