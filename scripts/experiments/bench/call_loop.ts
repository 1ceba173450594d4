/** One RPC client that does nothing but list members, and next to nothing with the answers. */

import { MsgpackWriter } from "../../../src/bytes/msgpack_writer.ts";
import { handshakeRequest, protocolVersion, requestHeader } from "../../../src/rpc/commands.ts";
import { type Encodable, encodable, encodeMessage } from "../../../src/rpc/frames.ts";
import { delay } from "../../lab/waiting.ts";

/** Nothing more for so long means that an answer has ended. */
const silence = 300;

/**
 * Calls `members` again and again, one call after the other.
 *
 * The list does not change, so all answers to the same request have one length:
 * reading so many bytes is all that the client has to do, and the agent's work is
 * what is measured.
 *
 * @returns calls per second.
 */
export async function callMembers(address: string, seconds: number): Promise<number> {
  const [hostname, port] = address.split(":");
  using connection = await Deno.connect({ hostname: hostname!, port: Number(port) });
  connection.setNoDelay();
  const buffer = new Uint8Array(1 << 20);
  let received = 0;
  let isOver = false;
  let wanted = Infinity;
  let arrived: () => void = () => {};
  void (async () => {
    while (!isOver) {
      const length = await connection.read(buffer).catch(() => null);
      if (length === null) return arrived();
      received += length;
      if (received >= wanted) arrived();
    }
  })();
  const send = async (bytes: Uint8Array) => {
    for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
  };

  const request = message("members");
  await send(message("handshake", encodable(handshakeRequest, { version: protocolVersion })));
  await delay(silence);
  const before = received;
  await send(request);
  await delay(silence);
  const length = received - before;
  if (length === 0) throw new Error(`No answer from ${address}`);

  const startedAt = performance.now();
  let calls = 0;
  while (performance.now() - startedAt < 1000 * seconds) {
    wanted = received + length;
    const answered = new Promise<void>((resolve) => arrived = resolve);
    await send(request);
    await answered;
    if (received !== wanted) throw new Error(`The answer of ${address} changed its length`);
    calls++;
  }
  const rate = calls / (performance.now() - startedAt) * 1000;
  isOver = true;
  return rate;
}

/** A request, always with the same number. */
function message(command: string, ...body: readonly Encodable[]): Uint8Array {
  const header = encodable(requestHeader, { command, seq: 1 });
  return encodeMessage(new MsgpackWriter("modern"), header, ...body);
}
