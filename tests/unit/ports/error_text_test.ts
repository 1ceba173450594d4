import { strictEqual } from "node:assert/strict";
import { errorText } from "../../../src/ports/error_text.ts";

Deno.test("errorText() takes errors and anything else that was thrown", () => {
  strictEqual(errorText(new TypeError("bad")), "bad");
  strictEqual(errorText("plain"), "plain");
});
