import assert from "node:assert/strict";
import {
  FlagError,
  integerFlag,
  listFlag,
  oneList,
  parseFlags,
  switchFlag,
  textFlag,
} from "../../../src/cli/flags.ts";

const flags = {
  detailed: switchFlag("detailed", ""),
  name: textFlag("name", ""),
  factor: integerFlag("factor", ""),
  tag: oneList(listFlag("tag", ""), listFlag("label", "")),
};

function parse(...args: string[]) {
  return parseFlags(flags, args);
}

function fails(args: string[], message: string): void {
  assert.throws(() => parse(...args), (error) => {
    assert(error instanceof FlagError);
    assert.equal(error.message, message);
    return true;
  });
}

Deno.test("parseFlags() gives flags that are absent their initial values", () => {
  const { values, rest } = parse();
  assert.deepEqual(values, { detailed: false, name: "", factor: 0, tag: [] });
  assert.deepEqual(rest, []);
});

Deno.test("parseFlags() takes one dash or two, and values after = or in the next argument", () => {
  assert.equal(parse("-name=x").values.name, "x");
  assert.equal(parse("--name=x").values.name, "x");
  assert.equal(parse("-name", "x").values.name, "x");
  assert.equal(parse("--name", "x").values.name, "x");
});

Deno.test("parseFlags() splits at the first = and keeps an empty value", () => {
  assert.equal(parse("-name=a=b").values.name, "a=b");
  assert.equal(parse("-name=").values.name, "");
});

Deno.test("parseFlags() takes the next argument as the value whatever it looks like", () => {
  const { values, rest } = parse("-name", "-detailed", "-detailed");
  assert.deepEqual(values, { detailed: true, name: "-detailed", factor: 0, tag: [] });
  assert.deepEqual(rest, []);
});

Deno.test("parseFlags() stops at the first argument that is no flag", () => {
  for (const stop of ["x", "-", ""]) {
    const { values, rest } = parse(stop, "-detailed");
    assert.equal(values.detailed, false);
    assert.deepEqual(rest, [stop, "-detailed"]);
  }
});

Deno.test("parseFlags() drops a -- and leaves what follows alone", () => {
  assert.deepEqual(parse("-detailed", "--", "-name", "--").rest, ["-name", "--"]);
});

Deno.test("parseFlags() never gives a switch the next argument", () => {
  const { values, rest } = parse("-detailed", "false");
  assert.equal(values.detailed, true);
  assert.deepEqual(rest, ["false"]);
});

Deno.test("parseFlags() knows Go's words for true and false", () => {
  for (const word of ["1", "t", "T", "TRUE", "true", "True"]) {
    assert.equal(parse(`-detailed=${word}`).values.detailed, true);
  }
  for (const word of ["0", "f", "F", "FALSE", "false", "False"]) {
    assert.equal(parse("-detailed", `-detailed=${word}`).values.detailed, false);
  }
  fails(["-detailed="], 'invalid boolean value "" for -detailed: parse error');
  fails(["-detailed=yes"], 'invalid boolean value "yes" for -detailed: parse error');
  fails(['-detailed=a"\n'], 'invalid boolean value "a\\"\\n" for -detailed: parse error');
});

Deno.test("parseFlags() keeps the last of repeated values, but all of a list's", () => {
  const { values } = parse("-name=a", "-tag=1", "-name=b", "-label=2", "-tag", "3");
  assert.equal(values.name, "b");
  assert.deepEqual(values.tag, ["1", "2", "3"]);
});

Deno.test("parseFlags() refuses bad syntax with the argument as given", () => {
  for (const arg of ["---name=x", "-=x", "--=x", "---"]) {
    fails([arg], `bad flag syntax: ${arg}`);
  }
});

Deno.test("parseFlags() names an unknown flag with one dash and without its value", () => {
  fails(["--bogus=1"], "flag provided but not defined: -bogus");
  assert.throws(() => parse("-bogus"), (error) => {
    return error instanceof FlagError && error.unknownFlag === "bogus";
  });
});

Deno.test("parseFlags() says nothing about -h=1, which asks for help", () => {
  fails(["-h=1"], "");
  fails(["--help=x"], "");
});

Deno.test("parseFlags() wants a value for all but switches", () => {
  fails(["-name"], "flag needs an argument: -name");
  fails(["--factor"], "flag needs an argument: -factor");
});

Deno.test("integerFlag() reads Go's literals", () => {
  const cases: [string, number][] = [
    ["0", 0],
    ["7", 7],
    ["-1", -1],
    ["+12", 12],
    ["0x1F", 31],
    ["0o17", 15],
    ["017", 15],
    ["0b101", 5],
    ["1_000", 1000],
    ["0x_1", 1],
    ["0_7", 7],
    ["00", 0],
    ["-0x10", -16],
  ];
  for (const [text, value] of cases) assert.equal(parse(`-factor=${text}`).values.factor, value);
});

Deno.test("integerFlag() refuses what is no literal, and what takes more than 64 bits", () => {
  for (const text of ["", "x", "1.5", "08", "1__0", "_1", "1_", "+_1", "0x", "1e3", " 1", "- 1"]) {
    fails([`-factor=${text}`], `invalid value "${text}" for flag -factor: parse error`);
  }
  const tooBig = "9223372036854775808";
  fails([`-factor=${tooBig}`], `invalid value "${tooBig}" for flag -factor: value out of range`);
  assert.equal(parse("-factor=-9223372036854775808").values.factor, -(2 ** 63));
});
