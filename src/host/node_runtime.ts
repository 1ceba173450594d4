/**
 * What surrounds the core of a node, whichever layer it is of: clock, sockets,
 * settings, journal and the delivery of events, opened together and closed together.
 */

import { errorText } from "../ports/error_text.ts";
import { systemErrorText } from "../go/system_error.ts";
import type { MemberlistSettings } from "../memberlist/config.ts";
import type { Keyring } from "../memberlist/keyring.ts";
import { membershipNarration } from "../memberlist/narrator.ts";
import { type Address, defaultPort } from "../ports/address.ts";
import { boundedLog } from "../ports/bounded_log.ts";
import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";
import { narrate } from "../ports/narrator.ts";
import type { Ports } from "../ports/ports.ts";
import { silentLog, silentMeter } from "../ports/silence.ts";
import type { Inbound } from "../ports/transport.ts";
import { DenoClock } from "./deno_clock.ts";
import { denoRandom } from "./deno_random.ts";
import { StartError, StoppedError } from "./errors.ts";
import { EventDelivery } from "./event_delivery.ts";
import { JournalFile } from "./journal_file.ts";
import {
  membershipConfig,
  type NodeOptions,
  readKeys,
  requireOwnAddressAllowed,
  warnIfExposed,
  warnIfUnheard,
} from "./node_options.ts";
import { DenoTransport } from "./transport/deno_transport.ts";

/** Runs the core of one node, and hands its events `E` to users. */
export class NodeRuntime<E> {
  readonly #transport: DenoTransport;
  readonly #ended = new AbortController();
  #core: { stop(): void } | undefined;
  #ending: Promise<void> | undefined;
  readonly clock = new DenoClock();
  readonly events: EventDelivery<E>;
  /** What the core is built with. */
  readonly ports: Ports;
  /** The settings of the membership layer. */
  readonly config: MemberlistSettings;
  /** The encryption keys; `undefined` if traffic is plain. */
  readonly keyring: Keyring | undefined;
  readonly journal: JournalFile | undefined;

  /**
   * Opens everything.
   *
   * @throws {StartError} if settings are wrong, an address cannot be bound or the snapshot
   * cannot be read.
   */
  constructor(options: NodeOptions, snapshotPath?: string) {
    const { log = silentLog, meter = silentMeter, observer } = options;
    const { clock } = this;
    this.keyring = readKeys(options.keys);
    this.journal = snapshotPath === undefined ? undefined : openJournal(snapshotPath, log, meter);
    this.events = new EventDelivery(() => this.journal?.flush());
    try {
      const transport = this.#transport = openTransport(options, clock, log, meter);
      this.ports = {
        clock,
        random: denoRandom,
        transport,
        log,
        meter,
        ...(observer && { observer }),
      };
      this.config = membershipConfig(options, transport.address);
      requireOwnAddressAllowed(this.config);
    } catch (error) {
      void this.#close();
      throw error;
    }
    warnIfUnheard(this.config, this.address, log);
    warnIfExposed(this.config.advertise.ip, this.keyring, log);
  }

  /** Where the node listens. */
  get address(): Address {
    return this.#transport.address;
  }

  /** Aborts with a {@linkcode StoppedError} when the node ends. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Starts the core; its first events are delivered after this turn. */
  run(core: Inbound & { stop(): void }, start: () => void): void {
    this.#core = core;
    this.#transport.deliverTo(core);
    start();
    this.clock.after(0, () => this.events.start());
  }

  /** Stops the core and closes everything. Idempotent. */
  end(): Promise<void> {
    return this.#ending ??= this.#tearDown();
  }

  async #tearDown(): Promise<void> {
    this.#core?.stop();
    this.#ended.abort(new StoppedError("The node has ended"));
    await this.#close();
    this.events.end();
  }

  async #close(): Promise<void> {
    this.clock.stop();
    this.journal?.close();
    await this.#transport?.close();
  }
}

function openTransport(
  options: NodeOptions,
  clock: DenoClock,
  log: Log,
  meter: Meter,
): DenoTransport {
  const bounded = boundedLog(log, clock).named("memberlist");
  const observer = narrate(
    { ...options, log: bounded, meter },
    membershipNarration(options.name ?? ""),
  );
  const { host = "0.0.0.0", port = defaultPort } = options.bind ?? {};
  try {
    return new DenoTransport({
      bind: { host, port },
      streamTimeout: membershipConfig(options).tcpTimeout,
      log: bounded,
      meter,
      complain: (host, reason, detail) =>
        observer?.note({ type: "stream-ended", at: clock.now(), host, reason, detail }),
    });
  } catch (error) {
    const reason = errorText(error);
    throw new StartError(
      "Failed to create memberlist: could not set up network transport: " +
        `failed to obtain an address: ${reason}`,
      { cause: error },
    );
  }
}

function openJournal(path: string, log: Log, meter: Meter): JournalFile {
  try {
    return new JournalFile(path, log.named("serf"), meter);
  } catch (error) {
    throw new StartError(
      `Failed to setup snapshot: failed to open snapshot: open ${path}: ${systemErrorText(error)}`,
      { cause: error },
    );
  }
}
