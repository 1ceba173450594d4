/**
 * Exports that nobody needs.
 *
 * The rule: another module of `src` or `scripts`, or `main.ts`, imports an export. What
 * `src/mod.ts` exports is imported by other projects, and the table of limits in `SECURITY.md`
 * needs what it names. Tests may reach into a module of `src` for what the module itself uses, and
 * share whatever `scripts` declare. A type may stand beside what speaks of it.
 */

import { importsOf } from "./imports.ts";

interface Export {
  readonly name: string;
  readonly isType: boolean;
}

/**
 * Names the exports that are not needed, each with its module.
 *
 * @param modules the text of all modules, tests among them, by their paths.
 * @param security the text of `SECURITY.md`.
 */
export function unusedExports(
  modules: ReadonlyMap<string, string>,
  security: string,
): string[] {
  const needed = new Set<string>();
  const tested = new Set<string>();
  for (const [importer, source] of modules) {
    for (const { path, names } of importsOf(importer, source)) {
      const isReaching = importer.startsWith("tests/") && path.startsWith("src/");
      const taken = names ?? exportsOf(modules.get(path) ?? "").map(({ name }) => name);
      for (const name of taken) (isReaching ? tested : needed).add(`${path} ${name}`);
    }
  }
  for (const [, name, path] of security.matchAll(/`(\w+)` in `([\w/.]+)`/g)) {
    needed.add(`${path} ${name}`);
  }
  return [...modules].flatMap(([path, source]) =>
    path.startsWith("tests/") || path === "src/mod.ts" ? [] : exportsOf(source)
      .filter(({ name, isType }) => {
        const mayStay = isType || tested.has(`${path} ${name}`);
        return !needed.has(`${path} ${name}`) && !(mayStay && isUsedInside(name, source));
      })
      .map(({ name }) => `${path}: nobody needs the export "${name}"`)
  );
}

/** What a module declares and exports. */
function exportsOf(source: string): Export[] {
  const declared = source.matchAll(
    /^export (?:abstract |async )*(function\*?|class|const|let|interface|type) (\w+)/gm,
  );
  const unpacked = source.matchAll(/^export const \{([^}]*)\}/gm);
  return [
    ...[...declared].map(([, kind, name]) => ({
      name: name!,
      isType: kind === "interface" || kind === "type",
    })),
    ...[...unpacked].flatMap(([, list]) =>
      list!.split(",").map((each) => each.split(":").at(-1)!.trim())
        .filter((name) => name !== "").map((name) => ({ name, isType: false }))
    ),
  ];
}

function isUsedInside(name: string, source: string): boolean {
  const code = source.replace(/\/\*.*?\*\/|\/\/.*?$/gms, "");
  return [...code.matchAll(new RegExp(`\\b${name}\\b`, "g"))].length > 1;
}
