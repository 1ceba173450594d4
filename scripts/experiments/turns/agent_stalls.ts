/** An agent on sockets, made to do what is large, while its event loop is watched. */

import { Agent } from "../../../src/agent/agent.ts";
import { defaultConfig } from "../../../src/agent/settings/config.ts";
import { EventHandlers } from "../../../src/agent/handlers/event_handlers.ts";
import { LogWriter } from "../../../src/agent/telemetry/log_writer.ts";
import { Metrics } from "../../../src/agent/telemetry/metrics.ts";
import { RpcServer } from "../../../src/agent/clients/rpc_server.ts";
import { runScript } from "../../../src/agent/handlers/script_runner.ts";
import { MsgpackScanner } from "../../../src/bytes/msgpack_scanner.ts";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import { denoRandom } from "../../../src/host/deno_random.ts";
import { Serf } from "../../../src/host/serf.ts";
import type { Address } from "../../../src/ports/address.ts";
import { silentLog, silentMeter } from "../../../src/ports/silence.ts";
import * as commands from "../../../src/rpc/commands.ts";
import { type Encodable, encodable, encodeMessage } from "../../../src/rpc/frames.ts";
import { systemClock } from "../../../src/rpc/system_clock.ts";
import type { SerfMember } from "../../../src/serf/member.ts";
import type { Envelope } from "../../../src/wire/envelope.ts";
import { sealRequest } from "../../../src/wire/stream_message.ts";
import { envelopeOf } from "../../lab/frames.ts";
import { fullState, population } from "../../lab/population.ts";
import { delay } from "../../lab/waiting.ts";
import { LoopWatch } from "./loop_watch.ts";
import type { TurnTimes } from "./turn_times.ts";

const host = "127.76.0.10";

/** Keys of 256 bits, so that encryption counts, too. */
const key = new Uint8Array(32).fill(7);

const envelope: Envelope = { ...envelopeOf(key), compression: true };

/** A running agent and whoever asks it. */
export class AgentStalls implements AsyncDisposable {
  readonly #watch: LoopWatch;
  readonly #serf: Serf;
  readonly #server: RpcServer;
  readonly #folder: string;

  /** Starts an agent that is alone. */
  static async start(times: TurnTimes): Promise<AgentStalls> {
    const folder = await Deno.makeTempDir({ prefix: "serf-turns-" });
    const log = new LogWriter();
    log.addSink(() => {});
    log.openGate();
    const meter = new Metrics({ hostName: "host" });
    const serf = await Serf.start({
      name: "self",
      bind: { host, port: 0 },
      keys: [key],
      snapshotPath: `${folder}/snapshot`,
      log: log.log("agent"),
      meter,
      // As an agent has it: what a join brings is one event.
      settings: { coalescePeriod: 3000, quiescentPeriod: 1000 },
    });
    const agent = new Agent({ node: serf, log, metrics: meter, config: defaultConfig });
    const server = await RpcServer.listen({
      address: `${host}:0`,
      agent,
      log: log.log("agent.ipc"),
      meter,
      clock: systemClock,
    });
    return new AgentStalls(times, serf, server, folder);
  }

  private constructor(times: TurnTimes, serf: Serf, server: RpcServer, folder: string) {
    this.#watch = new LoopWatch(times);
    this.#serf = serf;
    this.#server = server;
    this.#folder = folder;
  }

  /** Lets the agent know so many members, and asks it for all that may take long. */
  async measure(members: number): Promise<void> {
    const [fresh, newer] = [1, 2].map((incarnation) =>
      sealRequest(fullState(population(members, incarnation), false), envelope, denoRandom)
    ) as [Uint8Array, Uint8Array];
    using stream = await RawClient.connect(this.#server.address);
    const joins = encodable(commands.streamRequest, { type: "member-join" });
    await stream.ask("stream", 1, joins);
    await this.#watch.during("push/pull, every member new", () => this.#exchange(fresh));
    await this.#watch.during("member-join of every member, to a stream", () => stream.take(2));
    const joined = this.#serf.members();
    await this.#watch.during("member-join of every member, to a script", () => this.#tell(joined));
    await this.#watch.during("push/pull, every member newer", () => this.#exchange(newer));
    await this.#watch.during("push/pull, nothing new", () => this.#exchange(newer));
    await this.#ask();
    await this.#watch.during("three idle seconds", () => delay(3000));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close();
    await this.#serf.shutdown();
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #ask(): Promise<void> {
    using client = await RawClient.connect(this.#server.address);
    await this.#watch.during("rpc: stats", () => client.ask("stats", 2));
    // The members doubt each other all the time, so that the list is another one.
    await this.#watch.during("rpc: members, after a change", () => client.ask("members", 2));
    await this.#watch.during("rpc: members, once more", () => client.ask("members", 2));
    for (const [what, conditions] of Object.entries(filters)) {
      const body = encodable(commands.membersFilteredRequest, conditions);
      await this.#watch.during(
        `rpc: members-filtered by ${what}`,
        () => client.ask("members-filtered", 2, body),
      );
    }
    await this.#watch.during("query by tags", () => this.#query({ filterTags: { role: "^web$" } }));
    await this.#watch.during("query for all", () => this.#query({ requestAck: true }));
  }

  /** Has a script read about members. */
  async #tell(members: readonly SerfMember[]): Promise<void> {
    const ended = Promise.withResolvers<void>();
    const handlers = new EventHandlers({
      log: silentLog,
      meter: silentMeter,
      self: () => this.#serf.self,
      async run(run) {
        const outcome = await runScript(run);
        ended.resolve();
        return outcome;
      },
    });
    handlers.configure(["cat > /dev/null"]);
    handlers.handle({ type: "member-join", members });
    await ended.promise;
  }

  async #query(options: Parameters<Serf["query"]>[2]): Promise<void> {
    for await (const _ of this.#serf.query("load", undefined, { ...options, timeout: 50 }));
  }

  /** Sends a request, and takes the reply without looking at it. */
  async #exchange(request: Uint8Array): Promise<void> {
    const connection = await Deno.connect(portOf(this.#serf.address));
    for (let rest = request; rest.length > 0;) rest = rest.subarray(await connection.write(rest));
    const buffer = new Uint8Array(64 * 1024);
    while (await connection.read(buffer) !== null);
    connection.close();
    // What it brought goes on for a while: events are delivered, queues grow.
    await delay(300);
  }
}

const filters = {
  name: { name: "node-0000.*", status: "", tags: new Map<string, string>() },
  status: { name: "", status: "alive", tags: new Map<string, string>() },
  tag: { name: "", status: "", tags: new Map([["role", "web|mail"]]) },
};

/** A client that does not decode what it gets. */
class RawClient implements Disposable {
  readonly #connection: Deno.Conn;
  readonly #writer = new MsgpackWriter("modern");
  /** One for all answers: so much garbage would be collected in the turns of the agent. */
  readonly #buffer = new Uint8Array(16 << 20);
  #sequence = 0;

  static async connect(address: string): Promise<RawClient> {
    const [hostname = "", port] = address.split(":");
    const client = new RawClient(await Deno.connect({ hostname, port: Number(port) }));
    await client.ask("handshake", 1, encodable(commands.handshakeRequest, { version: 1 }));
    return client;
  }

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  /** Asks and waits until so many values have come: a header, and often a body. */
  async ask(command: string, values: number, body?: Encodable): Promise<void> {
    const header = encodable(commands.requestHeader, { command, seq: ++this.#sequence });
    const bytes = encodeMessage(this.#writer, header, ...(body ? [body] : []));
    await this.#connection.write(bytes);
    await this.take(values);
  }

  /** Waits until so many values have come. */
  async take(values: number): Promise<void> {
    const scanner = new MsgpackScanner();
    scanner.start(0, values);
    const buffer = this.#buffer;
    for (let length = 0; !scanner.scan(buffer, length);) {
      const count = await this.#connection.read(buffer.subarray(length, length + 64 * 1024));
      if (count === null) throw new Error("The agent closed the connection");
      length += count;
    }
  }
}

function portOf({ host, port }: Address): Deno.ConnectOptions {
  return { hostname: host, port };
}
