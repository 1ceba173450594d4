import assert from "node:assert/strict";
import { isSecret } from "../../../../src/agent/clients/secret.ts";

Deno.test("isSecret() takes exactly the secret", () => {
  assert.equal(isSecret("sesame", "sesame"), true);
  for (const guess of ["", "s", "sesam", "sesame!", "Sesame", "sesamesesame", "sesame\0"]) {
    assert.equal(isSecret(guess, "sesame"), false, guess);
  }
});

Deno.test("isSecret() takes only the empty text where there is no secret", () => {
  assert.equal(isSecret("", ""), true);
  assert.equal(isSecret("x", ""), false);
  assert.equal(isSecret("\0", ""), false);
  assert.equal(isSecret("\0".repeat(256), ""), false);
});

Deno.test("isSecret() compares bytes, so that what looks alike is not taken", () => {
  assert.equal(isSecret("\udcff", "\ufffd"), false);
  assert.equal(isSecret("é", "e\u0301"), false);
});
