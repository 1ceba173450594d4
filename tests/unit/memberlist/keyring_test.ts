import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Keyring, maxKeys } from "../../../src/memberlist/keyring.ts";
import type { Result } from "../../../src/ports/result.ts";

const a = new Uint8Array(16).fill(1);
const b = new Uint8Array(24).fill(2);
const c = new Uint8Array(32).fill(3);

function ring(...keys: readonly Uint8Array[]): Keyring {
  const built = Keyring.from(keys);
  ok(built.ok);
  return built.value;
}

function namesOf(keyring: Keyring): string {
  return keyring.keys.map((key) => "-abc"[key[0]!]).join("");
}

function reason(result: Result<unknown>): string | undefined {
  return result.ok ? undefined : result.error.message;
}

Deno.test("Keyring.from() makes the first key the primary", () => {
  strictEqual(namesOf(ring(b, a, c)), "bac");
  strictEqual(ring(b, a).primary?.[0], 2);
  strictEqual(ring().primary, undefined);
});

Deno.test("Keyring.add() appends, takes the first for the primary, and a known key for done", () => {
  const keyring = ring();
  for (const key of [a, b, a.slice(), b]) strictEqual(reason(keyring.add(key)), undefined);
  strictEqual(namesOf(keyring), "ab");
});

Deno.test("Keyring.add() refuses keys of other sizes than 16, 24 and 32 bytes", () => {
  for (const size of [0, 1, 15, 17, 31, 33, 64]) {
    const refused = ring(a).add(new Uint8Array(size));
    strictEqual(reason(refused), "key size must be 16, 24 or 32 bytes");
  }
  strictEqual(reason(Keyring.from([a, new Uint8Array(5)])), "key size must be 16, 24 or 32 bytes");
});

Deno.test("Keyring.use() moves a key to the front and keeps the order of the others", () => {
  const keyring = ring(a, b, c);
  strictEqual(reason(keyring.use(c.slice())), undefined);
  strictEqual(namesOf(keyring), "cab");
  keyring.use(c);
  strictEqual(namesOf(keyring), "cab");
});

Deno.test("Keyring.use() refuses a key that is not there", () => {
  const keyring = ring(a);
  strictEqual(reason(keyring.use(b)), "requested key is not in the keyring");
  strictEqual(namesOf(keyring), "a");
});

Deno.test("Keyring.remove() drops any key but the primary", () => {
  const keyring = ring(a, b, c);
  strictEqual(reason(keyring.remove(b)), undefined);
  strictEqual(reason(keyring.remove(b)), undefined);
  strictEqual(namesOf(keyring), "ac");
  strictEqual(reason(keyring.remove(a)), "removing the primary key is not allowed");
  strictEqual(namesOf(keyring), "ac");
});

Deno.test("Keyring keeps copies and replaces its list, so that nobody's view changes", () => {
  const key = a.slice();
  const keyring = ring(key);
  const before = keyring.keys;
  key.fill(9);
  keyring.add(b);
  deepStrictEqual(before.map((known) => known[0]), [1]);
  strictEqual(namesOf(keyring), "ab");
});

Deno.test("Keyring holds a limited number of keys", () => {
  const keyring = ring();
  for (let i = 0; i < maxKeys; i++) ok(keyring.add(new Uint8Array(16).fill(i)).ok);
  strictEqual(reason(keyring.add(c)), `keyring holds ${maxKeys} keys already`);
  strictEqual(keyring.keys.length, maxKeys);
});
