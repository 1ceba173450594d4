import assert from "node:assert/strict";
import { Dots, readTally } from "../../../scripts/test.ts";

/** What comes of a text that arrives in pieces of `size`. */
function shown(text: string, size: number): string {
  let written = "";
  const dots = new Dots((part) => written += part);
  for (let at = 0; at < text.length; at += size) dots.add(text.slice(at, at + size));
  dots.end();
  return written;
}

Deno.test("Dots puts a hundred signs of progress in a line", () => {
  for (const size of [1, 7, 10_000]) {
    const lines = shown(".\n".repeat(250), size).split("\n");
    assert.deepEqual(lines.map(({ length }) => length), [100, 100, 50, 0]);
  }
});

Deno.test("Dots leaves all other lines whole, the unfinished last one included", () => {
  const text = ".\n!\n,\n\n ERRORS \n\n. is no sign here\n.\nFAILED | 1 passed";
  for (const size of [1, 3, 10_000]) {
    assert.equal(
      shown(text, size),
      ".!,\n\n ERRORS \n\n. is no sign here\n.\nFAILED | 1 passed\n",
    );
  }
});

Deno.test("readTally() reads the last closing line, and none where a run broke", () => {
  const closing = "ok | 3 passed (2 steps) | 0 failed | 1 ignored (2s)\n";
  assert.deepEqual(readTally(`FAILED | 1 passed | 9 failed (1s)\n${closing}`), {
    passed: 3,
    failed: 0,
    ignored: 1,
  });
  assert.equal(readTally("error: it broke\n"), undefined);
});
