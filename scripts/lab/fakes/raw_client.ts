/** An RPC client that decodes nothing, so that what is measured is the agent's work. */

import { MsgpackScanner } from "../../../src/bytes/msgpack_scanner.ts";
import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import { handshakeRequest, protocolVersion, requestHeader } from "../../../src/rpc/commands.ts";
import { type Encodable, encodable, encodeMessage } from "../../../src/rpc/frames.ts";
import { writeAll } from "./exchange.ts";

/** Asks one thing at a time. */
export class RawClient implements Disposable {
  readonly #connection: Deno.Conn;
  /** One for all answers, so that they leave no garbage. */
  readonly #buffer = new Uint8Array(16 << 20);

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  static async connect(address: string): Promise<RawClient> {
    const [hostname = "", port] = address.split(":");
    const connection = await Deno.connect({ hostname, port: Number(port) });
    connection.setNoDelay();
    const client = new RawClient(connection);
    await client.ask(1, "handshake", encodable(handshakeRequest, { version: protocolVersion }));
    return client;
  }

  /**
   * Sends a request, always with the same number, so that equal ones have equally long answers.
   *
   * @param values how many the answer has: a header, and often a body.
   * @returns the bytes of the answer.
   */
  async ask(values: number, command: string, ...body: readonly Encodable[]): Promise<number> {
    await this.send(request(command, ...body));
    return await this.take(values);
  }

  send(request: Uint8Array): Promise<void> {
    return writeAll(this.#connection, request);
  }

  /** Waits for a number of values; returns the number of their bytes. */
  async take(values: number): Promise<number> {
    const scanner = new MsgpackScanner();
    scanner.start(0, values);
    return await this.#read((length) => scanner.scan(this.#buffer, length));
  }

  /** Waits for a number of bytes. */
  async takeBytes(count: number): Promise<void> {
    const length = await this.#read((length) => length >= count);
    if (length > count) throw new Error("The answer changed its length");
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  async #read(isWhole: (length: number) => boolean): Promise<number> {
    let length = 0;
    while (!isWhole(length)) {
      const count = await this.#connection.read(this.#buffer.subarray(length));
      if (count === null) throw new Error("The agent closed the connection");
      length += count;
    }
    return length;
  }
}

export function request(command: string, ...body: readonly Encodable[]): Uint8Array {
  const header = encodable(requestHeader, { command, seq: 1 });
  return encodeMessage(new MsgpackWriter("modern"), header, ...body);
}
