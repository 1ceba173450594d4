/**
 * Sends metrics to a statsd server (UDP) or a statsite server (TCP) as lines
 * (agent.md section 12.2).
 *
 * Lines wait in a bounded buffer and go out together every 100 ms; while nobody
 * takes them they are dropped, and a lost server is looked for again.
 */

import { concatenate } from "../../bytes/concatenate.ts";
import type { Milliseconds } from "../../ports/clock.ts";
import { parseRpcAddress } from "../../rpc/address.ts";
import type { MetricSink } from "./metrics.ts";

const flushInterval: Milliseconds = 100;
/** Pause after a server could not be reached. */
const retryPause: Milliseconds = 5000;
/** How many lines may wait; later ones are dropped. */
const waitingLimit = 4096;
/** A statsd packet stays below this many bytes. */
const packetLimit = 1400;

interface Outlet {
  send(lines: readonly Uint8Array[]): Promise<void>;
  close(): void;
}

export class MetricLines implements MetricSink {
  readonly #server: "statsd" | "statsite";
  readonly #address: string;
  readonly #encoder = new TextEncoder();
  #waiting: Uint8Array[] = [];
  #outlet: Outlet | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #notBefore = 0;
  #isClosed = false;

  /** Connects when there is something to send, and never fails. */
  constructor(server: "statsd" | "statsite", address: string) {
    this.#server = server;
    this.#address = address;
  }

  write(name: string, value: number, kind: "g" | "c" | "ms"): void {
    if (this.#isClosed || this.#waiting.length >= waitingLimit) return;
    this.#waiting.push(this.#encoder.encode(`${name}:${value.toFixed(6)}|${kind}\n`));
    this.#timer ??= setTimeout(() => void this.#flush(), flushInterval);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#outlet?.close();
    this.#outlet = undefined;
  }

  async #flush(): Promise<void> {
    const lines = this.#waiting;
    this.#waiting = [];
    if (performance.now() >= this.#notBefore) await this.#send(lines);
    this.#timer = this.#waiting.length > 0 && !this.#isClosed
      ? setTimeout(() => void this.#flush(), flushInterval)
      : undefined;
  }

  async #send(lines: readonly Uint8Array[]): Promise<void> {
    try {
      this.#outlet ??= await openOutlet(this.#server, this.#address);
      if (!this.#isClosed) return await this.#outlet.send(lines);
    } catch {
      // The server is not there; the lines of this round are lost.
      this.#notBefore = performance.now() + retryPause;
    }
    this.#outlet?.close();
    this.#outlet = undefined;
  }
}

async function openOutlet(server: "statsd" | "statsite", text: string): Promise<Outlet> {
  const address = await parseRpcAddress(text);
  if (address.transport !== "tcp") throw new TypeError(`Not an address: "${text}"`);
  const { host, port } = address;
  const hostname = host === "" ? "127.0.0.1" : host;
  return server === "statsd"
    ? packetOutlet(hostname, port)
    : streamOutlet(await Deno.connect({ hostname, port }));
}

function packetOutlet(hostname: string, port: number): Outlet {
  const local = hostname.includes(":") ? "::" : "0.0.0.0";
  const socket = Deno.listenDatagram({ transport: "udp", hostname: local, port: 0 });
  return {
    async send(lines) {
      const target = { transport: "udp", hostname, port } as const;
      for (const packet of packets(lines)) await socket.send(packet, target);
    },
    close: () => socket.close(),
  };
}

function streamOutlet(connection: Deno.Conn): Outlet {
  return {
    async send(lines) {
      const bytes = concatenate(lines);
      for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
    },
    close: () => connection.close(),
  };
}

/** Groups lines into packets that stay below the limit where a line alone does. */
function* packets(lines: readonly Uint8Array[]): Generator<Uint8Array> {
  let group: Uint8Array[] = [];
  let length = 0;
  for (const line of lines) {
    if (length + line.length > packetLimit && group.length > 0) {
      yield concatenate(group);
      group = [];
      length = 0;
    }
    group.push(line);
    length += line.length;
  }
  if (group.length > 0) yield concatenate(group);
}
