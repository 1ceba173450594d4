import assert from "node:assert/strict";
import { onDemand, withoutNodeModule } from "../../../scripts/bundle.ts";

Deno.test("withoutNodeModule() asks for Node's modules when they are wanted", () => {
  const [head, tail] = ["var a=Object.create;", 'var f=()=>e("node:buffer");export{e as a};'];
  for (const space of ["", " "]) {
    const shim =
      `import${space}{${space}createRequire as __deno_x}${space} from "node:module";${space}` +
      `var e${space}=${space}__deno_x(import.meta.url);`;
    assert.equal(
      withoutNodeModule(head + shim + tail),
      `${head}var e=(name)=>process.getBuiltinModule(name);${tail}`,
    );
  }
});

Deno.test("withoutNodeModule() leaves alone what it does not know", () => {
  const source = 'import{createRequire as r}from"node:module";var e=r("/other");';
  assert.equal(withoutNodeModule(source), source);
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
