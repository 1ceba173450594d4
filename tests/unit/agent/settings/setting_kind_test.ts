import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { duration, flagName, list } from "../../../../src/agent/settings/setting_kind.ts";

Deno.test("a declaration has the default of its kind, or its own", () => {
  const about = "Time to wait.";
  deepStrictEqual(duration("wait=0", about), {
    kind: "duration",
    flag: "wait=0",
    about,
    initial: 0,
  });
  strictEqual(duration("", about, { initial: 5 }).initial, 5);
  deepStrictEqual(list("", about).initial, []);
});

Deno.test("flagName() is what stands before the value", () => {
  deepStrictEqual(["tag key=value", "join=addr", "replay", ""].map(flagName), [
    "tag",
    "join",
    "replay",
    "",
  ]);
});
