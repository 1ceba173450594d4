import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Outbox } from "../../../src/serf/outbox.ts";
import { RecordingMeter } from "../../support/recorders.ts";

/** A packet with room for messages that cost three bytes each on top. */
class Sink {
  readonly messages: Uint8Array[] = [];
  #free: number;

  constructor(free: number) {
    this.#free = free;
  }

  get room(): number {
    return this.#free - 3;
  }

  add(message: Uint8Array): boolean {
    if (message.length > this.room) return false;
    this.messages.push(message.slice());
    this.#free -= message.length + 3;
    return true;
  }
}

function build(): { outbox: Outbox; meter: RecordingMeter } {
  const meter = new RecordingMeter();
  return { outbox: new Outbox(4, () => 3, meter), meter };
}

Deno.test("Outbox.fillPacket() takes intents before queries before user events", () => {
  const { outbox, meter } = build();
  outbox.userEvents.add({ message: new Uint8Array(5).fill(3) });
  outbox.queries.add({ message: new Uint8Array(6).fill(4) });
  outbox.intents.add({ message: new Uint8Array(7).fill(1) });
  const sink = new Sink(100);
  outbox.fillPacket(sink);

  deepStrictEqual(sink.messages.map((message) => message[0]), [1, 4, 3]);
  deepStrictEqual(meter.samples.get("serf.msgs.sent"), [7, 6, 5]);
});

Deno.test("Outbox.fillPacket() fills the last byte, and leaves what does not fit", () => {
  const { outbox } = build();
  outbox.intents.add({ message: new Uint8Array(7) });
  outbox.queries.add({ message: new Uint8Array(6) });
  outbox.userEvents.add({ message: new Uint8Array(4) });
  const tight = new Sink(10 + 8);
  outbox.fillPacket(tight);
  deepStrictEqual(tight.messages.map((message) => message.length), [7, 4]);

  const full = new Sink(2);
  outbox.fillPacket(full);
  deepStrictEqual(full.messages, []);
  strictEqual(outbox.queries.length, 1);
});

Deno.test("Outbox repeats a message for as many packets as the cluster is large", () => {
  const { outbox } = build();
  let finished = 0;
  outbox.intents.add({ message: Uint8Array.of(1), finished: () => finished++ });
  for (let round = 1; round <= 4; round++) {
    strictEqual(finished, 0);
    outbox.fillPacket(new Sink(100));
  }
  strictEqual(finished, 1);
  strictEqual(outbox.intents.length, 0);
});
