/** The Serf layer against what the reference recorded: tags, clocks, defaults, state. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { type SerfDefaults, serfDefaults } from "../../src/serf/config.ts";
import { LamportClock } from "../../src/serf/lamport_clock.ts";
import type { Tags } from "../../src/serf/member.ts";
import { decodeTags, emptyTags, encodeTags } from "../../src/serf/tags.ts";
import { bytesFromHex, readVectors } from "../support/vectors.ts";

interface ClockStep {
  readonly op: "increment" | "witness";
  readonly value?: number;
  readonly after: number;
}

Deno.test("LamportClock follows the recorded steps", () => {
  const steps = readVectors<ClockStep[]>("lamport");
  const clock = new LamportClock();
  for (const [i, step] of steps.entries()) {
    if (step.op === "increment") strictEqual(clock.increment(), step.after, `step ${i}`);
    else clock.witness(step.value!);
    strictEqual(clock.time, step.after, `step ${i}`);
  }
  strictEqual(steps.length, 13);
});

interface TagVectors {
  readonly encode: readonly {
    readonly hex: string;
    readonly length: number;
    readonly serf_protocol: number;
    readonly tags: Tags;
  }[];
  readonly decode: readonly { readonly meta_hex: string; readonly tags: Tags | null }[];
}

Deno.test("encodeTags() writes the recorded bytes", () => {
  const { encode } = readVectors<TagVectors>("tags");
  strictEqual(encode.length, 24);
  for (const { hex, length, serf_protocol, tags } of encode) {
    const meta = encodeTags(tags, serf_protocol);
    strictEqual(meta.toHex(), hex);
    strictEqual(meta.length, length);
  }
});

Deno.test("decodeTags() reads what the reference reads", () => {
  const { decode } = readVectors<TagVectors>("tags");
  strictEqual(decode.length, 13);
  for (const { meta_hex, tags } of decode) {
    const decoded = decodeTags(bytesFromHex(meta_hex));
    // The vector shows invalid UTF-8 as U+FFFD, and in two cases only the new reference reads on.
    const shown = Object.fromEntries(
      Object.entries(decoded).map(([key, value]) => [key, value.toWellFormed()]),
    );
    const expected = { ...tags };
    if ("a_new" in expected) {
      expected.a = expected.a_new!;
      delete expected.a_new;
    }
    deepStrictEqual(shown, expected, meta_hex);
    strictEqual(Object.getPrototypeOf(decoded), null);
  }
  deepStrictEqual(decodeTags(bytesFromHex("ffc0")), emptyTags());
});

/** The recorded names of settings that have another name here. */
const renamed: Readonly<Record<string, keyof SerfDefaults>> = {
  EnableNameConflictResolution: "nameConflictResolution",
};

Deno.test("serfDefaults are the recorded ones", () => {
  const { serf } = readVectors<{ serf: Record<string, number | boolean | string> }>("defaults");
  strictEqual(Object.keys(serf).length, 21);
  for (const [name, value] of Object.entries(serf)) {
    const key = renamed[name] ?? (name[0]!.toLowerCase() + name.slice(1)) as keyof SerfDefaults;
    const expected = typeof value === "string" ? milliseconds(value) : value;
    strictEqual(serfDefaults[key], expected, name);
  }
});

/** Reads a duration such as `24h0m0s`. */
function milliseconds(text: string): number {
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000 };
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([hms])/g)) {
    total += Number(count) * units[unit!]!;
  }
  return total;
}
