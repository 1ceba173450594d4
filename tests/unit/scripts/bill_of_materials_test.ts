import assert from "node:assert/strict";
import {
  billOfMaterials,
  gatherIngredients,
  type Ingredients,
  licenseTexts,
  type Part,
} from "../../../scripts/bill_of_materials.ts";

function part(name: string, needs: readonly string[] = []): Part {
  return {
    name,
    version: "1.0.0",
    integrity: "sha512-AAEC/w==",
    license: "MIT",
    licenseText: `Terms of ${name}\n`,
    needs,
  };
}

const ingredients: Ingredients = {
  version: "0.0.1",
  denoVersion: "2.0.0",
  ownLicense: "MIT License\n\nPermission is hereby granted, somehow.\n",
  parts: new Map([
    ["@a/inner@1.0.0", part("@a/inner")],
    ["outer@1.0.0", part("outer", ["@a/inner@1.0.0"])],
  ]),
};

Deno.test("billOfMaterials() names every part with its digest and what needs it", () => {
  const bill = JSON.parse(billOfMaterials(ingredients));
  assert.equal(bill.bomFormat, "CycloneDX");
  assert.equal(bill.specVersion, "1.5");
  assert.deepEqual(bill.components.map(({ name }: { name: string }) => name), [
    "deno",
    "@a/inner",
    "outer",
  ]);
  assert.deepEqual(bill.components[1].hashes, [{ alg: "SHA-512", content: "000102ff" }]);
  assert.deepEqual(bill.dependencies, [
    { ref: "serf@0.0.1", dependsOn: ["pkg:github/denoland/deno@v2.0.0", "pkg:npm/outer@1.0.0"] },
    { ref: "pkg:github/denoland/deno@v2.0.0", dependsOn: [] },
    { ref: "pkg:npm/%40a/inner@1.0.0", dependsOn: [] },
    { ref: "pkg:npm/outer@1.0.0", dependsOn: ["pkg:npm/%40a/inner@1.0.0"] },
  ]);
});

Deno.test("billOfMaterials() refuses a digest that it cannot name", () => {
  const parts = new Map([["odd@1.0.0", { ...part("odd"), integrity: "md5-AA==" }]]);
  assert.throws(() => billOfMaterials({ ...ingredients, parts }), /Not a digest .*"md5-AA=="/);
});

Deno.test("licenseTexts() holds the terms of everything inside", () => {
  const texts = licenseTexts(ingredients);
  assert.match(texts, /^Serf\n\nMIT License\n/);
  assert.match(texts, /^Deno 2\.0\.0: MIT\n\n.*\n\nPermission is hereby granted, somehow\.$/m);
  assert.match(texts, /^@a\/inner@1\.0\.0: MIT\n\nTerms of @a\/inner$/m);
  assert.match(texts, /^outer@1\.0\.0: MIT\n\nTerms of outer$/m);
});

Deno.test("gatherIngredients() finds what the program loads, each part with licence and digest", async () => {
  const { parts } = await gatherIngredients("0.0.1");
  const names = [...parts.values()].map(({ name }) => name);
  assert.equal(names.includes("dns-packet"), true);
  assert.equal(names.includes("fast-check"), false);
  for (const [id, { integrity, license, licenseText }] of parts) {
    assert.match(integrity, /^sha512-/, id);
    assert.notEqual(license, "", id);
    assert.match(licenseText, /copyright/i, id);
  }
});
