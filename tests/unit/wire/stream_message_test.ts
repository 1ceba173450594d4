import { throws } from "node:assert/strict";
import { SimRandom } from "../../../src/sim/sim_random.ts";
import { messageType } from "../../../src/wire/message_type.ts";
import { judgeRequest, requestStartLength, sealRequest } from "../../../src/wire/stream_message.ts";
import { plainEnvelope } from "../../../scripts/lab/plain_envelope.ts";

const random = new SimRandom(1);
const keys = Array.from({ length: 8 }, (_, i) => new Uint8Array(32).fill(i));
const label = new Uint8Array(255).fill(7);
const message = new Uint8Array(10_000);
message.set([messageType.pushPull, 0x83, 0xa5]);

/** The first bytes of a request of somebody who has these keys and this label. */
function start(theirs: readonly Uint8Array[], theirLabel = label): Uint8Array {
  const envelope = { ...plainEnvelope, keys: theirs, label: theirLabel };
  return sealRequest(message, envelope, random).slice(0, requestStartLength);
}

Deno.test("judgeRequest() lets pass what can be opened, whatever the label and the key", () => {
  for (const key of keys) judgeRequest(start([key]), { ...plainEnvelope, keys, label });
  judgeRequest(start([]), { ...plainEnvelope, label });
  judgeRequest(start([]), { ...plainEnvelope, label, keys, verifyIncoming: false });
});

Deno.test("judgeRequest() refuses what cannot, in the words of whoever reads all of it", () => {
  const ours = { ...plainEnvelope, keys, label };
  throws(() => judgeRequest(start([new Uint8Array(16).fill(99)]), ours), /no installed keys/);
  throws(() => judgeRequest(start([]), ours), /encryption is configured but remote state is not/);
  throws(() => judgeRequest(start([keys[0]!]), { ...ours, keys: [] }), /remote state is encrypted/);
  throws(() => judgeRequest(start([keys[0]!], new Uint8Array(0)), ours), /Label is missing/);
});
