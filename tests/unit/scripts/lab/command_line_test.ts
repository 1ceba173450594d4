import assert from "node:assert/strict";
import { readArguments } from "../../../../scripts/lab/command_line.ts";

const defaults = {
  full: false,
  duration: "40s",
  rounds: 5,
  seed: 0,
  members: [10, 40],
  only: ["events", "flood", "kill"],
} as const;

Deno.test("readArguments() returns the defaults of what is not given", () => {
  assert.deepEqual(readArguments([], defaults), defaults);
});

Deno.test("readArguments() reads each flag as its default is, names always in the same order", () => {
  const args = ["--full", "--duration=1m", "--rounds", "3", "--seed=2147483647", "--members=7,8"];
  assert.deepEqual(readArguments([...args, "--only=kill,events"], defaults), {
    full: true,
    duration: "1m",
    rounds: 3,
    seed: 2147483647,
    members: [7, 8],
    only: ["events", "kill"],
  });
});

Deno.test("readArguments() refuses what it does not know", () => {
  const refused = (...args: string[]) => () => readArguments(args, defaults);
  assert.throws(refused("--ful"), /Unknown option '--ful'/);
  assert.throws(refused("full"), /Unexpected argument 'full'/);
  assert.throws(refused("--only=speed"), /There is no "speed": --only takes events, flood, kill/);
  assert.throws(refused("--only="), /There is no ""/);
  assert.throws(refused("--rounds=0"), /--rounds needs a whole number above zero, such as 5/);
  assert.throws(refused("--rounds=many"), /--rounds needs/);
  assert.throws(
    refused("--members=10,-1"),
    /--members needs a whole number above zero, such as 10/,
  );
  assert.throws(refused("--seed=1.5"), /--seed needs a whole number above zero, such as 1/);
});
