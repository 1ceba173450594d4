/** What the library shows of itself: every option with its default, and no inner tuning. */

import { deepStrictEqual, ok } from "node:assert/strict";
import { gossipTuning } from "../../../src/memberlist/gossip_tuning.ts";
import { libraryDocumentation } from "../../support/examples.ts";

interface Property {
  readonly name: string;
  readonly optional: boolean;
  readonly jsDoc?: { readonly tags?: readonly { readonly kind: string }[] };
}

interface Symbol {
  readonly name: string;
  readonly declarations: readonly { readonly def: { readonly properties?: readonly Property[] } }[];
}

const { nodes } = await libraryDocumentation() as {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly Symbol[] }>>;
};
const symbols = Object.values(nodes).flatMap((module) => module.symbols);

Deno.test("every option of the library has its default as a tag", () => {
  const options = symbols.filter(({ name }) => name.endsWith("Options")).flatMap((symbol) =>
    (symbol.declarations[0]?.def.properties ?? []).filter(({ optional }) => optional)
      .map((property) => ({ name: `${symbol.name}.${property.name}`, tags: property.jsDoc?.tags }))
  );
  ok(options.length > 25, `only ${options.length} options were found`);
  const bare = options.filter(({ tags = [] }) => !tags.some(({ kind }) => kind === "default"));
  deepStrictEqual(bare.map(({ name }) => name), []);
});

Deno.test("the library names no number that only simulations vary", () => {
  const internals = ["GossipTuning", "gossipTuning", ...Object.keys(gossipTuning)];
  const text = JSON.stringify(symbols);
  deepStrictEqual(internals.filter((name) => text.includes(`"${name}"`)), []);
});
