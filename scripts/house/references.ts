/** What comments and pages point at: files, and sections of the protocol pages. */

const sections = String.raw`sections? (\d+(?:\.\d+)*(?:(?:, | and | to )(?:and )?\d+(?:\.\d+)*)*)`;
const sectionOfPage = new RegExp(
  String.raw`\b(gossip|agent|cli|rpc)\.md,?(?: in)? ${sections}`,
  "g",
);
const protocolPage = /^src\/docs\/protocol\/(\w+)\.md$/;

/** Returns the section numbers that a text refers to, as `gossip 5.4`. */
export function sectionsNamedIn(text: string): string[] {
  return [...joined(text).matchAll(sectionOfPage)].flatMap(([, page, numbers]) =>
    [...numbers!.matchAll(/\d+(?:\.\d+)*/g)].map(([number]) => `${page} ${number}`)
  );
}

/** Returns the files that a comment or a page names, as \`a/b.ts\`. */
function filesNamedIn(text: string): string[] {
  return [...text.matchAll(/`((?:[\w.]+\/)*\w+\.(?:md|ts|svg))`/g)].map(([, file]) => file!);
}

/**
 * Names the references that lead nowhere.
 *
 * @param texts all modules and pages, by their paths. A file may be named by its whole path, or
 * by the end of it.
 */
export function deadReferences(texts: ReadonlyMap<string, string>): string[] {
  const headings = new Set<string>();
  for (const [path, text] of texts) {
    const page = protocolPage.exec(path)?.[1];
    for (const [, number] of page ? text.matchAll(/^#+ (\d+(?:\.\d+)*) /gm) : []) {
      headings.add(`${page} ${number}`);
    }
  }
  const paths = [...texts.keys()];
  return [...texts].flatMap(([path, text]) => {
    const prose = path.endsWith(".ts") ? commentsOf(text) : text;
    return [
      ...sectionsNamedIn(prose).filter((section) => !headings.has(section))
        .map((section) => `${path}: no section ${section}`),
      ...filesNamedIn(prose).filter((file) =>
        !paths.some((each) => `/${each}`.endsWith(`/${file}`))
      )
        .map((file) => `${path}: no file "${file}"`),
    ];
  });
}

function commentsOf(source: string): string {
  return (source.match(/^\s*(?:\/\*\*?|\*|\/\/).*$/gm) ?? []).join("\n");
}

/** The text without line ends, and without what begins a line of a comment. */
function joined(text: string): string {
  return text.replace(/\n\s*(?:\*|\/\/)?\s*/g, " ");
}
