import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { JoinError, joinErrorText, SerfError, StartError } from "../../../src/host/errors.ts";

Deno.test("every error of the library is a SerfError, and tells its kind by name", () => {
  const cause = new Error("disk full");
  const start = new StartError("Failed to start", { cause });
  const join = new JoinError("Failed to join", [cause]);
  for (const error of [start, join]) ok(error instanceof SerfError && error instanceof Error);
  deepStrictEqual(
    [new SerfError("x").name, start.name, join.name],
    ["SerfError", "StartError", "JoinError"],
  );
  strictEqual(start.cause, cause);
  deepStrictEqual(join.errors, [cause]);
});

Deno.test("joinErrorText() prints a count and a line for each error", () => {
  strictEqual(joinErrorText([new Error("a")]), "1 error occurred:\n\t* a\n\n");
  strictEqual(
    joinErrorText([new Error("a"), new Error("b")]),
    "2 errors occurred:\n\t* a\n\t* b\n\n",
  );
});
