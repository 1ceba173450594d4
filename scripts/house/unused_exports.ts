/**
 * Exports that nobody needs.
 *
 * The rule: another module of `src` or `scripts`, or `main.ts`, imports an export. What
 * `src/mod.ts` exports is imported by other projects, and the table of limits in `SECURITY.md`
 * needs what it names. Tests may reach into a module of `src` for what the module itself uses, and
 * share whatever `scripts` declare. A type may stand beside what speaks of it.
 */

import { importsOf } from "./imports.ts";

/** Exports that may stay although nobody needs them, each with the reason. */
export const keptExports: Readonly<Record<string, string>> = {
  "src/wire/full_state.ts readFullState": "to go",
  "src/wire/stream_message.ts openRequest": "to go",
  "src/wire/message_type.ts maxLabelLength": "to go",
  "src/wire/message_type.ts encryptionOverheadPadded": "to go",
  "scripts/experiments/attack/honest.ts exchange": "to go",
  "scripts/experiments/turns/turn_times.ts longestAllowed": "to go",
  "scripts/lab/population.ts ipOf": "to go",
  "scripts/reference_pages.ts commandSection": "to go",
};

interface Export {
  readonly name: string;
  readonly isType: boolean;
}

/**
 * Names the exports that are not needed, each with its module, and those of `kept` that are.
 *
 * @param modules the text of all modules, tests among them, by their paths.
 * @param security the text of `SECURITY.md`.
 */
export function unusedExports(
  modules: ReadonlyMap<string, string>,
  security: string,
  kept: Readonly<Record<string, string>> = {},
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
  const unused = [...modules].flatMap(([path, source]) =>
    path.startsWith("tests/") || path === "src/mod.ts" ? [] : exportsOf(source)
      .filter(({ name, isType }) => {
        const mayStay = isType || tested.has(`${path} ${name}`);
        return !needed.has(`${path} ${name}`) && !(mayStay && isUsedInside(name, source));
      })
      .map(({ name }) => `${path} ${name}`)
  );
  return [
    ...unused.filter((key) => !Object.hasOwn(kept, key))
      .map((key) => key.replace(/ (\w+)$/, ': nobody needs the export "$1"')),
    ...Object.keys(kept).filter((key) => !unused.includes(key))
      .map((key) => `"${key}" is needed or gone: take it off the list of kept exports`),
  ];
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
