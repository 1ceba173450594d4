/** Which module imports what, as it stands in the text that `deno fmt` lays out. */

/** One import, or one export from another module. */
export interface Import {
  /** The path of the imported module, from the top of the repository. */
  readonly path: string;
  /** The names it takes by their names there; undefined if it takes all. */
  readonly names: readonly string[] | undefined;
}

const statement =
  /^(?:import|export) (?:type )?(?:\w+, )?(?:\w+|\*(?: as \w+)?|\{([^}]*)\})\s*from "(\.[^"]+)"|^import "(\.[^"]+)"|\bimport\("(\.[^"]+)"\)/gm;

/** Returns what a module imports from the repository. */
export function importsOf(path: string, source: string): Import[] {
  return [...source.matchAll(statement)].map((match) => {
    const [, list, from, alone, lazy] = match;
    const target = new URL((from ?? alone ?? lazy)!, `file:///${path}`).pathname.slice(1);
    return { path: target, names: list === undefined ? undefined : namesIn(list) };
  });
}

function namesIn(list: string): string[] {
  return list.split(",").map((each) => each.trim().replace(/^type /, "").replace(/ as \w+$/, ""))
    .filter((each) => each !== "");
}
