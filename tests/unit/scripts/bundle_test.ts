import assert from "node:assert/strict";
import { onDemand, withoutNode } from "../../../scripts/bundle.ts";

Deno.test("withoutNode() asks for Node's modules when they are wanted", () => {
  const [head, tail] = ["var a=Object.create;", 'var f=()=>e("node:buffer");export{e as a};'];
  for (const space of ["", " "]) {
    const shim =
      `import${space}{${space}createRequire as __deno_x}${space} from "node:module";${space}` +
      `var e${space}=${space}__deno_x(import.meta.url);`;
    assert.equal(
      withoutNode(head + shim + tail),
      `${head}var e=(name)=>process.getBuiltinModule(name);${tail}`,
    );
  }
});

Deno.test("withoutNode() asks for what prints odd values when there are any", () => {
  assert.equal(
    withoutNode('import a from"node:util";var b=(c,d)=>a.inspect(c,d);'),
    'var a={inspect:(...values)=>process.getBuiltinModule("node:util").inspect(...values)};' +
      "var b=(c,d)=>a.inspect(c,d);",
  );
});

Deno.test("withoutNode() leaves alone what it does not know", () => {
  const source = 'import{createRequire as r}from"node:module";var e=r("/other");';
  assert.equal(withoutNode(source), source);
});

Deno.test("onDemand() hides from the runtime what is imported later, and nothing else", () => {
  assert.equal(
    onDemand('import"./a.js";import{b}from"./b.js";await import("./c-X_1.js");import("node:fs")'),
    'import"./a.js";import{b}from"./b.js";await import((path=>path)("./c-X_1.js"));' +
      'import("node:fs")',
  );
  const source = 'const b=reimport("./c.js");';
  assert.equal(onDemand(source), source);
});
