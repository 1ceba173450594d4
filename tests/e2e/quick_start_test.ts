/**
 * Serf's quick start, command by command as the readme has it: with this program
 * alone, and with HashiCorp's in place of either agent.
 */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { type Kind, needsReference, serfCommand } from "../../scripts/lab/agents.ts";
import { eventually } from "../../scripts/lab/waiting.ts";
import { namespaceObstacle, NamespacePair } from "../support/network_namespaces.ts";

/** A machine to sit at: its terminals run commands of Serf, of either kind. */
class Machine implements AsyncDisposable {
  readonly #network: NamespacePair | undefined;
  readonly #terminals = new Set<Terminal>();

  private constructor(network: NamespacePair | undefined) {
    this.#network = network;
  }

  /** The quick start uses certain ports of 127.0.0.1: a network of its own keeps them free. */
  static async create(): Promise<Machine> {
    return new Machine(
      namespaceObstacle === undefined ? await NamespacePair.create({ routed: false }) : undefined,
    );
  }

  /** Types a line that begins with `$ serf`. */
  type(kind: Kind, line: string): Terminal {
    const [command = "", ...first] = [
      ...this.#network?.left.wrapper ?? [],
      ...serfCommand(kind),
    ];
    const args = line.replace("$ serf ", "").split(" ");
    const terminal = new Terminal(line, command, [...first, ...args]);
    this.#terminals.add(terminal);
    return terminal;
  }

  /** Types a line and returns what it prints. */
  async run(line: string): Promise<string> {
    const terminal = this.type("ours", line);
    strictEqual(await terminal.exit(), 0, terminal.screen);
    this.#terminals.delete(terminal);
    return terminal.screen;
  }

  /** Waits until `$ serf members` shows these lines. */
  async members(...lines: readonly RegExp[]): Promise<void> {
    let screen = "";
    await eventually(`members ${lines.join(" and ")}`, async () => {
      screen = await this.run("$ serf members");
      return screen.split("\n").length === lines.length + 1 &&
        lines.every((line) => line.test(screen));
    }, { pause: 300, detail: () => screen });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const terminal of this.#terminals) await terminal.close();
    await this.#network?.[Symbol.asyncDispose]();
  }
}

/** A terminal session in which one command runs. */
class Terminal {
  readonly #line: string;
  readonly #child: Deno.ChildProcess;
  readonly #drained: Promise<unknown>;
  screen = "";

  constructor(line: string, command: string, args: readonly string[]) {
    this.#line = line;
    this.#child = new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1" },
    }).spawn();
    this.#drained = Promise.all([
      this.#drain(this.#child.stdout),
      this.#drain(this.#child.stderr),
    ]);
  }

  shows(text: string): Promise<void> {
    return eventually(`"${this.#line}" shows "${text}"`, () => {
      return Promise.resolve(this.screen.includes(text));
    }, { detail: () => this.screen });
  }

  press(signal: "SIGINT" | "SIGKILL"): void {
    this.#child.kill(signal);
  }

  /** Waits for the end of the command; its exit code, or -1 if it was killed. */
  async exit(): Promise<number> {
    const { code, signal } = await this.#child.status;
    await this.#drained;
    return signal === null ? code : -1;
  }

  async close(): Promise<void> {
    try {
      this.press("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.exit();
  }

  async #drain(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) this.screen += text;
  }
}

const startFoo = "$ serf agent -node=foo -bind=127.0.0.1:5000 -rpc-addr=127.0.0.1:7373";
const startBar = "$ serf agent -node=bar -bind=127.0.0.1:5001 -rpc-addr=127.0.0.1:7374";
const join = "$ serf join 127.0.0.1:5001";

/** Goes through the quick start; the agent `bar` leaves once and is killed once. */
async function quickStart(fooKind: Kind, barKind: Kind): Promise<void> {
  await using machine = await Machine.create();
  const foo = machine.type(fooKind, startFoo);
  await foo.shows("Serf agent running!");
  const fooAlive = /^foo {2}127\.0\.0\.1:5000 {2}alive *$/m;

  const begin = async () => {
    const bar = machine.type(barKind, startBar);
    await bar.shows("Serf agent running!");
    const joined = await machine.run(join);
    strictEqual(joined, "Successfully joined cluster by contacting 1 nodes.\n");
    await bar.shows("EventMemberJoin: foo 127.0.0.1");
    await machine.members(fooAlive, /^bar {2}127\.0\.0\.1:5001 {2}alive *$/m);
    return bar;
  };

  const leaving = await begin();
  await foo.shows("EventMemberJoin: bar 127.0.0.1");
  leaving.press("SIGINT");
  strictEqual(await leaving.exit(), 0, leaving.screen);
  match(leaving.screen, /Gracefully shutting down agent\.\.\.\n/);
  await foo.shows("EventMemberLeave: bar 127.0.0.1");
  await machine.members(fooAlive, /^bar {2}127\.0\.0\.1:5001 {2}left *$/m);

  const dying = await begin();
  dying.press("SIGKILL");
  strictEqual(await dying.exit(), -1);
  await foo.shows("EventMemberFailed: bar 127.0.0.1");
  await machine.members(fooAlive, /^bar {2}127\.0\.0\.1:5001 {2}failed *$/m);

  foo.press("SIGINT");
  strictEqual(await foo.exit(), 0, foo.screen);
}

Deno.test("The quick start works as the readme has it", () => quickStart("ours", "ours"));

Deno.test({
  name: "The quick start works with HashiCorp's agent in place of the first, and of the second",
  ...needsReference,
  fn: async () => {
    const first = () => quickStart("reference", "ours");
    const second = () => quickStart("ours", "reference");
    // On networks of their own, they can go side by side.
    if (namespaceObstacle === undefined) await Promise.all([first(), second()]);
    else await first().then(second);
  },
});

Deno.test("the program works the same from any working directory", async () => {
  const root = new URL("../../", import.meta.url).pathname;
  const elsewhere = await Deno.makeTempDir();
  const rpc = "127.73.6.1:7373";
  /** Starts the program as a user does who knows no other option than `-A`. */
  const start = (cwd: string, ...args: readonly string[]) =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", cwd === root ? "main.ts" : `${root}main.ts`, ...args],
      cwd,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1" },
    }).spawn();
  const run = async (cwd: string, ...args: readonly string[]) => {
    const { code, stdout, stderr } = await start(cwd, ...args).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  };
  try {
    const config = {
      node_name: "elsewhere",
      bind: "127.73.6.1",
      rpc_addr: rpc,
      snapshot_path: "s",
    };
    await Deno.writeTextFile(`${elsewhere}/serf.json`, JSON.stringify(config));
    const agent = start(elsewhere, "agent", "-config-file=serf.json");
    const output = agent.output();
    const members = (cwd: string) => run(cwd, "members", `-rpc-addr=${rpc}`);
    try {
      await eventually("the agent answers", async () => (await members(root)).code === 0);
      const here = await members(root);
      match(here.stdout, /^elsewhere {2}127\.73\.6\.1:7946 {2}alive *\n$/);
      deepStrictEqual(await members("/"), here);
      deepStrictEqual(await members(elsewhere), here);
    } finally {
      agent.kill("SIGINT");
      await output;
    }
    match(await Deno.readTextFile(`${elsewhere}/s`), /^alive: elsewhere 127\.73\.6\.1:7946\n/);
  } finally {
    await Deno.remove(elsewhere, { recursive: true });
  }
});
