import assert from "node:assert/strict";
import { writeAll } from "../../../src/cli/process_context.ts";

Deno.test("writeAll() writes on after a part was taken and while there is no room", () => {
  const taken: number[] = [];
  let refusals = 2;
  const sink = {
    writeSync(bytes: Uint8Array): number {
      if (taken.length === 2 && refusals-- > 0) throw new Deno.errors.WouldBlock("full");
      taken.push(bytes[0] ?? -1);
      return 1;
    },
  };
  writeAll(sink, Uint8Array.of(1, 2, 3));
  assert.deepEqual(taken, [1, 2, 3]);
  assert.equal(refusals, -1);
});

Deno.test("writeAll() lets other failures pass", () => {
  const sink = {
    writeSync(): number {
      throw new Deno.errors.BrokenPipe("gone");
    },
  };
  assert.throws(() => writeAll(sink, Uint8Array.of(1)), Deno.errors.BrokenPipe);
});
