/** A core in virtual time, made to do everything that may take long in a large cluster. */

import { LogWriter } from "../../../src/agent/telemetry/log_writer.ts";
import { Metrics } from "../../../src/agent/telemetry/metrics.ts";
import { memberlistConfig } from "../../../src/memberlist/config.ts";
import { addressFromBytes } from "../../../src/ports/address.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import { serfDefaults } from "../../../src/serf/config.ts";
import { SerfCore } from "../../../src/serf/serf_core.ts";
import { SimClock } from "../../../src/sim/sim_clock.ts";
import { SimJournal } from "../../../src/sim/sim_journal.ts";
import { SimNetwork } from "../../../src/sim/sim_network.ts";
import { SimRandom } from "../../../src/sim/sim_random.ts";
import { writeAlive } from "../../../src/wire/claims.ts";
import type { NodeState } from "../../../src/wire/full_state.ts";
import { sealRequest } from "../../../src/wire/stream_message.ts";
import { gossipPort } from "../../lab/fake_member.ts";
import { message } from "../../lab/frames.ts";
import { plainEnvelope } from "../../lab/plain_envelope.ts";
import { fullState, nameOf, population } from "../../lab/population.ts";
import { TimedClock, timedInbound, timedTransport, TurnWatch } from "./timed_ports.ts";
import type { TurnTimes } from "./turn_times.ts";

const ownIp = Uint8Array.of(127, 76, 0, 1);
const peerIp = Uint8Array.of(127, 76, 0, 2);
const stranger = { host: "127.76.0.9", port: 7000 };
const seconds = 1000;

const envelope = { ...plainEnvelope, compression: true };

/** Takes the times of everything, so many times over; the first of all does not count. */
export function measureCore(members: number, rounds: number, times: TurnTimes): void {
  measure(members, rounds, times, (trial, fresh, newer) => trial.run(fresh, newer));
}

/** Takes the times of nothing but exchanges with others. */
export function measureExchanges(members: number, rounds: number, times: TurnTimes): void {
  measure(members, rounds, times, (trial, fresh, newer) => trial.runExchanges(fresh, newer));
}

function measure(
  members: number,
  rounds: number,
  times: TurnTimes,
  run: (trial: CoreTrial, fresh: readonly NodeState[], newer: readonly NodeState[]) => void,
): void {
  const [fresh, newer] = [population(members), population(members, 2)];
  for (let round = 0; round <= rounds; round++) {
    run(new CoreTrial(times, round), fresh, newer);
    if (round === 0) times.clear();
  }
}

/** One life of a core. */
class CoreTrial {
  readonly #watch: TurnWatch;
  readonly #clock = new SimClock(1000);
  readonly #random: SimRandom;
  readonly #network: SimNetwork;
  readonly #core: SerfCore;
  readonly #peer: SerfCore;

  constructor(times: TurnTimes, seed: number) {
    this.#watch = new TurnWatch(times);
    this.#random = new SimRandom(seed);
    this.#network = new SimNetwork(this.#clock, this.#random.fork(0));
    this.#core = this.#start("self", ownIp, new TimedClock(this.#clock, this.#watch), true);
    this.#peer = this.#start("peer", peerIp, this.#clock, false);
  }

  run(fresh: readonly NodeState[], newer: readonly NodeState[]): void {
    this.#peer.receiveRequest(stranger, this.#request(fresh), () => {});
    this.#clock.advance(1 * seconds);
    this.#exchange(fresh, newer);
    this.#clock.advance(10 * seconds);
    this.#operate(fresh);
    this.#lose(fresh);
    this.#stop();
  }

  runExchanges(fresh: readonly NodeState[], newer: readonly NodeState[]): void {
    this.#exchange(fresh, newer);
    this.#stop();
  }

  #exchange(fresh: readonly NodeState[], newer: readonly NodeState[]): void {
    this.#receive("push/pull received, every member new", fresh);
    this.#receive("push/pull received, nothing new", fresh);
    this.#receive("push/pull received, every member newer", newer);
  }

  #stop(): void {
    this.#core.stop();
    this.#peer.stop();
  }

  /** What users ask for. */
  #operate(fresh: readonly NodeState[]): void {
    const core = this.#core;
    const handlers = { onAck() {}, onResponse() {}, onDone() {} };
    const peerAddress = addressFromBytes(peerIp, gossipPort);
    this.#do("join", () => core.join([peerAddress], { ignoreOld: false }, () => {}));
    this.#clock.advance(1 * seconds);
    this.#do("list of members", () => core.members());
    this.#do("stats", () => core.stats());
    this.#do("user event", () => core.userEvent("deploy", undefined, { coalesce: false }));
    this.#do("query", () => core.query("load", undefined, { requestAck: true }, handlers));
    const filterTags = new Map([["role", "^(web|mail)$"]]);
    this.#do(
      "query with tag filter",
      () => core.query("load", undefined, { filterTags }, handlers),
    );
    const filterNodes = fresh.slice(0, 40).map(({ name }) => name);
    this.#do("query for nodes", () => core.query("load", undefined, { filterNodes }, handlers));
    this.#do("key listing", () => core.keys.run("list", undefined, {}, () => {}));
    this.#do("force leave", () => core.forceLeave(nameOf(1), { prune: false }, () => {}));
    this.#do("new tags", () => core.setTags({ role: "db" }, () => {}));
    const alive = message(writeAlive, { ...fresh[7]!, node: nameOf(7), incarnation: 9 });
    this.#do("alive packet", () => core.receivePacket(stranger, alive));
    this.#clock.advance(10 * seconds);
  }

  /** Half of the members die, are given up, and are forgotten in the end. */
  #lose(fresh: readonly NodeState[]): void {
    const dead = fresh.slice(fresh.length / 2).map((node): NodeState => (
      { ...node, state: "dead", incarnation: 3 }
    ));
    this.#receive("push/pull received, half of the members dead", dead);
    this.#clock.advance(120 * seconds);
    this.#do("list of members", () => this.#core.members());
    this.#clock.advance(300 * seconds);
  }

  #receive(kind: string, nodes: readonly NodeState[]): void {
    const request = this.#request(nodes);
    this.#do(kind, () => this.#core.receiveRequest(stranger, request, () => {}));
    this.#clock.advance(1 * seconds);
  }

  #do(kind: string, turn: () => unknown): void {
    this.#watch.run(kind, turn);
  }

  #request(nodes: readonly NodeState[]): Uint8Array {
    return sealRequest(fullState(nodes, true), envelope, this.#random).slice();
  }

  #start(name: string, ip: Uint8Array, clock: Clock, isTimed: boolean): SerfCore {
    const address = addressFromBytes(ip, gossipPort);
    const transport = this.#network.attach(
      address,
      () => isTimed ? timedInbound(core, this.#watch) : core,
    );
    const log = new LogWriter();
    log.addSink(() => {});
    log.openGate();
    const core: SerfCore = new SerfCore(
      {
        clock,
        random: this.#random.fork(ip[3]!),
        transport: isTimed ? timedTransport(transport, this.#watch) : transport,
        log: log.log("agent"),
        meter: new Metrics({ hostName: "host" }),
        journal: new SimJournal(),
      },
      {
        ...serfDefaults,
        name,
        tags: {},
        reconnectTimeout: 240 * seconds,
        // As an agent has it: what a join brings is one event.
        coalescePeriod: 3 * seconds,
        quiescentPeriod: 1 * seconds,
        memberlist: memberlistConfig({ name, advertise: { ip, port: gossipPort } }, "lan"),
      },
      () => {},
    );
    const started = core.start();
    if (!started.ok) throw started.error;
    return core;
  }
}
