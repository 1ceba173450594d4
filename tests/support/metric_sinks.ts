/** Metrics servers of both kinds that an agent can report to; they only take notes. */

/** Hears lines such as `serf-agent.serf.events:1.000000|c`. */
export class MetricSinks implements AsyncDisposable {
  readonly #packets: Deno.DatagramConn;
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #reading: Promise<unknown>;
  #isClosed = false;
  /** What came in packets, as a statsd server hears it. */
  readonly statsd = new Set<string>();
  /** What came in a stream, as a statsite server hears it. */
  readonly statsite = new Set<string>();
  /** How long the longest packet was. */
  longestPacket = 0;

  constructor(ip: string) {
    this.#packets = Deno.listenDatagram({ transport: "udp", hostname: ip, port: 0 });
    this.#listener = Deno.listen({ hostname: ip, port: 0 });
    this.#reading = Promise.all([this.#readPackets(), this.#accept()]);
  }

  /** The settings of an agent that reports here. */
  get settings(): { statsd_addr: string; statsite_addr: string } {
    const { hostname, port } = this.#packets.addr as Deno.NetAddr;
    return {
      statsd_addr: `${hostname}:${port}`,
      statsite_addr: `${hostname}:${this.#listener.addr.port}`,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#packets.close();
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
    await this.#reading;
  }

  async #readPackets(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const [packet] of this.#packets) {
      this.longestPacket = Math.max(this.longestPacket, packet.length);
      const text = decoder.decode(packet);
      if (!text.endsWith("\n")) this.statsd.add(`NO LINE END: ${text}`);
      for (const line of text.split("\n")) if (line !== "") this.statsd.add(line);
    }
  }

  async #accept(): Promise<void> {
    const reading: Promise<void>[] = [];
    for await (const connection of this.#listener) reading.push(this.#readStream(connection));
    await Promise.all(reading);
  }

  async #readStream(connection: Deno.TcpConn): Promise<void> {
    this.#connections.add(connection);
    let rest = "";
    try {
      for await (const text of connection.readable.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) this.statsite.add(line);
      }
    } catch (error) {
      // Closed on purpose, or the agent was killed.
      if (!this.#isClosed && !(error instanceof Deno.errors.ConnectionReset)) throw error;
    } finally {
      this.#connections.delete(connection);
    }
  }
}
