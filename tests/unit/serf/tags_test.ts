import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { copyTags, decodeTags, emptyTags, encodeTags } from "../../../src/serf/tags.ts";

function tagsOf(entries: Record<string, string>): Record<string, string> {
  return Object.assign(emptyTags(), entries);
}

Deno.test("decodeTags() gives back what encodeTags() wrote", () => {
  const tags = tagsOf({ role: "web", "": "empty key", "no value": "", "ключ": "значение" });
  deepStrictEqual(decodeTags(encodeTags(tags, 5)), tags);
});

Deno.test("encodeTags() keeps only the role in protocol 2", () => {
  const meta = encodeTags({ role: "web", dc: "east" }, 2);
  deepStrictEqual(meta, new TextEncoder().encode("web"));
  deepStrictEqual(decodeTags(meta), tagsOf({ role: "web" }));
});

Deno.test("decodeTags() reads empty metadata as an empty role", () => {
  deepStrictEqual(decodeTags(new Uint8Array(0)), tagsOf({ role: "" }));
});

Deno.test("decodeTags() keeps the tags before the place where the map breaks off", () => {
  const meta = encodeTags({ a: "1", b: "2" }, 5);
  for (let length = 1; length < meta.length; length++) {
    const tags = decodeTags(meta.subarray(0, length));
    deepStrictEqual(tags, tagsOf(length < 6 ? {} : { a: "1" }), `${length} bytes`);
  }
});

Deno.test("decodeTags() takes the names of inherited properties as plain keys", () => {
  const tags = decodeTags(encodeTags(tagsOf({ __proto__: "x", constructor: "y" }), 5));
  deepStrictEqual(Object.keys(tags), ["constructor"]);
  const odd = emptyTags();
  Object.defineProperty(odd, "__proto__", { value: "x", enumerable: true });
  strictEqual(Object.entries(decodeTags(encodeTags(odd, 5)))[0]?.join("="), "__proto__=x");
});

Deno.test("copyTags() is not reached by changes of the original", () => {
  const original = tagsOf({ a: "1" });
  const copy = copyTags(original);
  original.a = "2";
  deepStrictEqual(copy, tagsOf({ a: "1" }));
});
