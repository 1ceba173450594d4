/**
 * Lint rules that keep the house in order.
 *
 * `layers`: which folder of `src` may import which, and inside a folder which wing may import
 * which. `pure-core`: the core never names a clock, a socket, chance or a promise, so that one
 * seed replays one history exactly. `function-length`: a function fits a screen.
 */

/** The folders of `src` that never wait. */
export const coreFolders = [
  "bytes",
  "ports",
  "go",
  "history",
  "wire",
  "coordinate",
  "memberlist",
  "serf",
];

/** For each folder of `src`, the other folders that it may import. */
const allowedImports: Readonly<Record<string, readonly string[]>> = {
  bytes: [],
  ports: [],
  go: ["bytes", "ports"],
  history: ["bytes", "ports"],
  wire: ["bytes", "ports"],
  coordinate: ["ports"],
  memberlist: ["ports", "bytes", "go", "wire"],
  serf: ["ports", "bytes", "go", "wire", "coordinate", "memberlist"],
  sim: coreFolders,
  host: coreFolders,
  rpc: ["bytes", "ports", "go"],
  agent: ["host", "serf", "rpc", "history", "ports", "coordinate", "bytes", "go"],
  cli: ["agent", "rpc", "history", "coordinate", "bytes", "ports", "go", "sim"],
};

/** How a folder of `src` is divided. */
export interface Wings {
  /** Files of the folder itself that put the wings together; nothing inside imports them. */
  readonly hub: readonly string[];
  /**
   * For each wing, the other wings that it may import. All may import the files of the folder
   * itself that are no hub, and these import no wing.
   */
  readonly wings: Readonly<Record<string, readonly string[]>>;
}

/** The folders of `src` that have wings. */
export const wingsOf: Readonly<Record<string, Wings>> = {
  memberlist: {
    hub: ["memberlist_core", "packet_receiver"],
    wings: {
      broadcasts: [],
      membership: ["broadcasts"],
      packets: ["membership", "broadcasts"],
      dissemination: ["membership", "broadcasts", "packets"],
      detection: ["membership", "packets"],
      exchange: ["membership", "broadcasts"],
    },
  },
  serf: {
    hub: ["serf_core", "memberlist_delegate", "state_exchange"],
    wings: {
      events: [],
      members: ["events"],
      queries: ["members", "events"],
    },
  },
  host: {
    hub: [
      "join_targets",
      "memberlist",
      "node_options",
      "node_runtime",
      "serf",
      "serf_options",
    ],
    wings: { history: [], transport: [] },
  },
  agent: {
    hub: ["agent", "banner", "lifecycle", "reload", "validation"],
    wings: {
      handlers: [],
      settings: ["handlers"],
      telemetry: ["handlers"],
      clients: ["handlers", "settings"],
      discovery: ["settings"],
    },
  },
  cli: {
    hub: [],
    wings: { completion: [], output: [], commands: ["completion", "output"] },
  },
};

/** Platform modules that are pure and synchronous, and the one file that wraps each. */
const platformImports: Readonly<Record<string, readonly string[]>> = {
  "bytes/aes_gcm.ts": ["node:crypto"],
  "bytes/crc32.ts": ["node:zlib"],
  "go/re2.ts": ["re2js"],
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

/** The most lines that a function may have: a screen. */
const longestFunction = 70;

/** The path below `src`, with forward slashes; undefined for files elsewhere. */
function pathInSource(fileName: string): string | undefined {
  const path = fileName.replaceAll("\\", "/");
  const at = path.lastIndexOf("/src/");
  return at < 0 ? undefined : path.slice(at + "/src/".length);
}

/** Why a file of a folder may not import another one of it; undefined if it may. */
function judgeWings(folder: string, importer: string, target: string): string | undefined {
  const plan = wingsOf[folder];
  if (!plan) return undefined;
  const [from, to] = [importer, target].map((path) => {
    const [first = "", second] = path.split("/").slice(1);
    if (second !== undefined) return first;
    return plan.hub.includes(first.replace(/\.ts$/, "")) ? "hub" : "";
  });
  if (from === to || from === "hub" || to === "") return undefined;
  if (from && to && plan.wings[from]?.includes(to)) return undefined;
  const name = (wing: string | undefined) => `src/${folder}${wing ? `/${wing}` : ""}`;
  return `${name(from)} may not import ${to === "hub" ? target : name(to)}`;
}

function judgeImport(importer: string, specifier: string): string | undefined {
  const folder = importer.slice(0, importer.indexOf("/"));
  const allowed = allowedImports[folder];
  if (!importer.includes("/") || !allowed) return undefined;

  if (specifier.startsWith(".")) {
    const target = new URL(specifier, `file:///${importer}`).pathname.slice(1);
    const targetFolder = target.slice(0, Math.max(0, target.indexOf("/")));
    if (targetFolder === folder) return judgeWings(folder, importer, target);
    if (targetFolder === "" || allowed.includes(targetFolder)) return undefined;
    return `src/${folder} may not import src/${targetFolder}`;
  }
  const isCore = coreFolders.includes(folder) || folder === "sim";
  const exceptions = platformImports[importer] ?? [];
  if (!isCore || exceptions.some((name) => specifier.startsWith(name))) return undefined;
  return `The core has no dependencies: "${specifier}"`;
}

/** Whether a file holds code of the program or of its scripts, which have the same rules. */
function isOurs(fileName: string): boolean {
  return /\/(?:src|scripts)\//.test(fileName.replaceAll("\\", "/"));
}

/** What a function is called where it is declared; "" if it has no name there. */
function nameOf(node: Deno.lint.FunctionDeclaration | FunctionValue): string {
  if ("id" in node && node.id) return node.id.name;
  const { parent } = node;
  const named = parent.type === "MethodDefinition" || parent.type === "PropertyDefinition" ||
      parent.type === "Property"
    ? parent.key
    : parent.type === "VariableDeclarator"
    ? parent.id
    : undefined;
  if (named?.type === "PrivateIdentifier") return `#${named.name}`;
  return named?.type === "Identifier" ? named.name : "";
}

type FunctionValue = Deno.lint.FunctionExpression | Deno.lint.ArrowFunctionExpression;

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
    "function-length": {
      create(context) {
        if (!isOurs(context.filename)) return {};
        const judge = (node: Deno.lint.FunctionDeclaration | FunctionValue) => {
          // The head of a method belongs to it.
          const whole = node.parent.type === "MethodDefinition" ? node.parent : node;
          const length = context.sourceCode.getText(whole).split("\n").length;
          const name = nameOf(node);
          if (length <= longestFunction) return;
          context.report({
            node,
            message: `${name || "A function"} has ${length} lines, at most ${longestFunction} fit`,
          });
        };
        return {
          FunctionDeclaration: judge,
          FunctionExpression: judge,
          ArrowFunctionExpression: judge,
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
