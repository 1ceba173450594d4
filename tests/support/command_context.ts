/** A context for commands under test: it records what they print and plays the agent. */

import { runCommandLine } from "../../src/cli/cli.ts";
import type { AgentConnection, Context } from "../../src/cli/context.ts";
import type { MemberRecord } from "../../src/rpc/commands.ts";
import type { RpcClientOptions } from "../../src/rpc/client.ts";
import { RecordStream } from "../../src/rpc/record_stream.ts";

/** What an agent in a test does; anything else that it is asked is a mistake of the test. */
export type AgentScript = Partial<AgentConnection>;

/** A recording context. */
export class RecordedContext implements Context {
  /** What was asked of the agent, in order: `NAME arguments`. */
  readonly calls: string[] = [];
  /** How it was connected to. */
  readonly connections: RpcClientOptions[] = [];
  readonly variables = new Map<string, string>();
  /** How many lines the terminal has, if there is one. */
  rows: number | undefined;
  stdout = "";
  stderr = "";
  #interrupt = Promise.withResolvers<void>();
  #script: AgentScript;

  constructor(script: AgentScript = {}) {
    this.#script = script;
  }

  readonly terminal = {
    print: (text: string) => {
      this.stdout += `${text}\n`;
    },
    warn: (text: string) => {
      this.stderr += `${text}\n`;
    },
    variable: (name: string) => this.variables.get(name) || undefined,
    rows: () => this.rows,
    interrupted: () => this.#interrupt.promise,
  };

  connect(options: RpcClientOptions): Promise<AgentConnection> {
    this.connections.push(options);
    return Promise.resolve(scriptedAgent(this.#script, this.calls));
  }

  /** Presses the interrupt key. */
  interrupt(): void {
    this.#interrupt.resolve();
  }

  /** Runs a command line and returns its exit code. */
  run(...args: readonly string[]): Promise<number> {
    return runCommandLine(args, this);
  }
}

/** Plays the agent: what the script does not tell fails loudly. */
function scriptedAgent(script: AgentScript, calls: string[]): AgentConnection {
  const missing = (name: string) => () => {
    throw new Error(`The test's agent was asked for "${name}"`);
  };
  const agent: AgentConnection = {
    isClosed: false,
    close: () => {},
    [Symbol.dispose]: () => {},
    userEvent: missing("userEvent"),
    forceLeave: missing("forceLeave"),
    join: missing("join"),
    members: missing("members"),
    membersFiltered: missing("membersFiltered"),
    updateTags: missing("updateTags"),
    leave: missing("leave"),
    query: missing("query"),
    respond: missing("respond"),
    stream: missing("stream"),
    monitor: missing("monitor"),
    installKey: missing("installKey"),
    useKey: missing("useKey"),
    removeKey: missing("removeKey"),
    listKeys: missing("listKeys"),
    stats: missing("stats"),
    facts: missing("facts"),
    metrics: missing("metrics"),
    history: missing("history"),
    reload: missing("reload"),
    why: missing("why"),
    coordinate: missing("coordinate"),
    ...script,
  };
  return new Proxy(agent, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value === "function" && typeof name === "string") calls.push(name);
      return value;
    },
  });
}

/** A member record; what is not given is as in a plain cluster. */
export function memberRecord(record: Partial<MemberRecord> = {}): MemberRecord {
  return {
    name: "n1",
    addr: Uint8Array.of(127, 0, 0, 1),
    port: 7946,
    tags: new Map(),
    status: "alive",
    protocolMin: 1,
    protocolMax: 5,
    protocolCur: 2,
    delegateMin: 2,
    delegateMax: 5,
    delegateCur: 5,
    ...record,
  };
}

/** A stream that holds some records; it has ended unless `open` is set. */
export function streamOf<T>(records: readonly T[], options: { open?: boolean } = {}) {
  const stream = new RecordStream<T>({ limit: 1000, stop: () => Promise.resolve() });
  for (const record of records) stream.deliver(record);
  if (!options.open) stream.end();
  return stream;
}
