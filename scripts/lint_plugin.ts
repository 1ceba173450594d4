/**
 * Lint rules that keep the house in order.
 *
 * `layers`: which folder of `src` may import which. `pure-core`: the core never
 * names a clock, a socket, chance or a promise, so that one seed replays one
 * history exactly.
 */

const coreFolders = [
  "bytes",
  "ports",
  "wire",
  "coordinate",
  "memberlist",
  "serf",
];

/** For each folder of `src`, the other folders that it may import. */
export const allowedImports: Readonly<Record<string, readonly string[]>> = {
  bytes: [],
  ports: [],
  wire: ["bytes", "ports"],
  coordinate: ["ports"],
  memberlist: ["ports", "bytes", "wire"],
  serf: ["ports", "bytes", "wire", "coordinate", "memberlist"],
  sim: coreFolders,
  host: coreFolders,
  rpc: ["bytes", "ports"],
  agent: ["host", "serf", "rpc", "ports", "coordinate", "bytes"],
  cli: ["agent", "rpc", "coordinate", "bytes", "ports", "sim"],
};

/** Platform modules that are pure and synchronous, and the one file that wraps each. */
const platformImports: Readonly<Record<string, readonly string[]>> = {
  "bytes/aes_gcm.ts": ["node:crypto"],
  "bytes/crc32.ts": ["node:zlib"],
  "bytes/re2.ts": ["re2js"],
};

const impureNames = new Set([
  "Deno",
  "Date",
  "performance",
  "crypto",
  "console",
  "Promise",
  "setTimeout",
  "setInterval",
  "clearTimeout",
  "clearInterval",
  "queueMicrotask",
]);

/** The path below `src`, with forward slashes; undefined for files elsewhere. */
function pathInSource(fileName: string): string | undefined {
  const path = fileName.replaceAll("\\", "/");
  const at = path.lastIndexOf("/src/");
  return at < 0 ? undefined : path.slice(at + "/src/".length);
}

/** The folder of `src` that a relative import from `importer` leads to. */
function importedFolder(importer: string, specifier: string): string | undefined {
  const resolved = new URL(specifier, `file:///${importer}`).pathname.slice(1);
  return resolved.includes("/") ? resolved.slice(0, resolved.indexOf("/")) : undefined;
}

function judgeImport(importer: string, specifier: string): string | undefined {
  const folder = importer.slice(0, importer.indexOf("/"));
  const allowed = allowedImports[folder];
  if (!importer.includes("/") || !allowed) return undefined;

  if (specifier.startsWith(".")) {
    const target = importedFolder(importer, specifier);
    if (target === undefined || target === folder || allowed.includes(target)) return undefined;
    return `src/${folder} may not import src/${target}`;
  }
  const isCore = coreFolders.includes(folder) || folder === "sim";
  const exceptions = platformImports[importer] ?? [];
  if (!isCore || exceptions.some((name) => specifier.startsWith(name))) return undefined;
  return `The core has no dependencies: "${specifier}"`;
}

const plugin: Deno.lint.Plugin = {
  name: "serf",
  rules: {
    layers: {
      create(context) {
        const importer = pathInSource(context.filename);
        if (importer === undefined) return {};
        const judge = (node: Deno.lint.Node, specifier: string) => {
          const message = judgeImport(importer, specifier);
          if (message !== undefined) context.report({ node, message });
        };
        return {
          ImportDeclaration: (node) => judge(node, node.source.value),
          ExportNamedDeclaration: (node) => {
            if (node.source) judge(node, node.source.value);
          },
          ExportAllDeclaration: (node) => judge(node, node.source.value),
        };
      },
    },
    "pure-core": {
      create(context) {
        const path = pathInSource(context.filename);
        const folder = path?.slice(0, path.indexOf("/")) ?? "";
        if (!coreFolders.includes(folder) && folder !== "sim") return {};
        return {
          Identifier(node) {
            if (!impureNames.has(node.name)) return;
            const parent = node.parent;
            const isMember = parent.type === "MemberExpression" && parent.property === node &&
              !parent.computed;
            if (isMember || parent.type === "Property" && parent.key === node) return;
            context.report({ node, message: `The core may not name "${node.name}"` });
          },
          MemberExpression(node) {
            if (
              node.object.type === "Identifier" && node.object.name === "Math" &&
              node.property.type === "Identifier" && node.property.name === "random"
            ) context.report({ node, message: 'The core may not name "Math.random"' });
          },
          AwaitExpression: (node) => context.report({ node, message: "The core never waits" }),
        };
      },
    },
  },
};

export default plugin;
