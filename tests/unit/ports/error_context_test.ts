import { rejects, strictEqual, throws } from "node:assert/strict";
import { addContext, withContext } from "../../../src/ports/error_context.ts";

Deno.test("withContext() and addContext() say what was being done", async () => {
  strictEqual(withContext("reading", () => 1), 1);
  const fail = () => {
    throw new TypeError("no");
  };
  throws(() => withContext("reading", fail), { message: "reading: no" });
  throws(() => withContext("reading", fail, () => "odd"), { message: "reading: odd" });
  await rejects(Promise.reject("no").catch(addContext("writing")), { message: "writing: no" });
});
