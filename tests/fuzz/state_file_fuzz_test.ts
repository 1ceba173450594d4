import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { readKeyringFile, writeKeyringFile } from "../../src/agent/settings/keyring_file.ts";
import { readTagsFile, writeTagsFile } from "../../src/agent/settings/tags_file.ts";
import { encodeText } from "../../src/bytes/text.ts";
import { silentLog, silentMeter } from "../../src/ports/silence.ts";
import { JournalFile } from "../../src/host/journal_file.ts";
import { type FuzzTarget, mayThrowPlain, testTarget } from "../support/fuzzing.ts";
import { readVectors } from "../support/vectors.ts";

/** Runs `use` with a path where nothing is, and cleans up. */
function withFile<T>(use: (path: string) => T): T {
  const folder = Deno.makeTempDirSync({ prefix: "serf-fuzz-" });
  try {
    return use(`${folder}/file`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const keys = fc.constantFrom(16, 24, 32)
  .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));

/** Whatever can be a line: all but line ends. */
const lines = fc.array(fc.string({ unit: "binary" }).map((line) => line.replaceAll("\n", "")), {
  maxLength: 30,
});

export const target: FuzzTarget = {
  name: "state_file",
  seeds: () => [
    encodeText(JSON.stringify([btoa("0123456789abcdef"), btoa("0123456789abcdef01234567")])),
    encodeText('[\n  "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",\n  null\n]'),
    encodeText('{\n  "role": "web",\n  "dc": "1"\n}'),
    encodeText('{"a": "b", "__proto__": "c", "n": null}'),
    ...readVectors<{ replay: { content: string }[] }>("snapshot").replay
      .slice(0, 12).map(({ content }) => encodeText(content)),
  ],
  check(input) {
    withFile((path) => {
      Deno.writeFileSync(path, input);
      for (const key of mayThrowPlain(() => readKeyringFile(path)) ?? []) {
        ok([16, 24, 32].includes(key.length));
      }
      const tags = mayThrowPlain(() => readTagsFile(path));
      for (const [key, value] of tags ?? []) ok(key.length + value.length <= input.length);

      // Opening cuts off a line torn by a crash, so it comes last, and twice.
      const first = JournalFile.open(path, silentLog, silentMeter);
      first.append("clock: 1");
      first.close();
      const second = JournalFile.open(path, silentLog, silentMeter);
      second.close();
      deepStrictEqual(second.lines, [...first.lines, "clock: 1"]);
    });
  },
  properties: {
    "gives back keys": fc.property(fc.array(keys, { minLength: 1, maxLength: 9 }), (keys) => {
      withFile((path) => {
        writeKeyringFile(path, keys);
        deepStrictEqual(readKeyringFile(path), keys);
      });
    }),
    "gives back tags": fc.property(
      fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 9 }),
      (tags) => {
        withFile((path) => {
          writeTagsFile(path, new Map(tags));
          deepStrictEqual(readTagsFile(path), new Map([...new Map(tags)].sort(byName)));
        });
      },
    ),
    "gives back a journal": fc.property(lines, (lines) => {
      withFile((path) => {
        const journal = JournalFile.open(path, silentLog, silentMeter);
        for (const line of lines) journal.append(line);
        journal.close();
        const again = JournalFile.open(path, silentLog, silentMeter);
        again.close();
        deepStrictEqual(again.lines, lines);
      });
    }),
  },
};

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}

testTarget(target, { seed: 20_240_229, inputs: 300, values: 25 });
