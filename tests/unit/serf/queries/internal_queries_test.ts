import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { MsgpackReader } from "../../../../src/bytes/msgpack_reader.ts";
import { MsgpackWriter } from "../../../../src/bytes/msgpack_writer.ts";
import { encodeText } from "../../../../src/bytes/text.ts";
import { Keyring } from "../../../../src/memberlist/keyring.ts";
import { done, failure, type Result } from "../../../../src/ports/result.ts";
import { readConflictResponse } from "../../../../src/serf/queries/conflict_message.ts";
import { KeyGuard } from "../../../../src/serf/queries/key_guard.ts";
import { InternalQueries } from "../../../../src/serf/queries/internal_queries.ts";
import {
  type KeyResponse,
  readKeyResponse,
  writeKeyRequest,
} from "../../../../src/serf/queries/key_messages.ts";
import { BookUnderTest, reportedMember } from "../../../support/serf_parts.ts";

const keyA = new Uint8Array(16).fill(1);
const keyB = new Uint8Array(32).fill(2);
const keyC = new Uint8Array(32).fill(3);

interface Settings {
  readonly keys?: readonly Uint8Array[];
  /** The query time when the node came. */
  readonly joinedAt?: number;
  readonly responseSizeLimit?: number;
  readonly store?: (keys: readonly Uint8Array[]) => Result<void>;
}

function build({ keys, joinedAt = 1, responseSizeLimit = 1024, store }: Settings = {}) {
  const parts = new BookUnderTest({ queryResponseSizeLimit: responseSizeLimit });
  const guard = new KeyGuard(parts);
  guard.learn(joinedAt);
  parts.book.memberJoined(reportedMember("other"));
  parts.log.lines.length = 0;
  const ring = keys && Keyring.from(keys);
  if (ring && !ring.ok) throw ring.error;
  const keyring = ring?.value;
  const queries = new InternalQueries(parts, parts.book, guard, {
    ...(keyring && { keyring }),
    ...(store && { keyringChanged: store }),
  });
  const answers: Uint8Array[] = [];
  const ask = (name: string, payload?: Uint8Array, ltime = 1, isOwn = false) =>
    queries.answer({
      type: "query",
      ltime,
      id: 7,
      name,
      payload,
      source: "asker",
      deadline: Infinity,
      respond: (answer) => {
        if (answer.length > responseSizeLimit) {
          return failure(`response exceeds limit of ${responseSizeLimit} bytes`);
        }
        answers.push(answer.slice());
        return done;
      },
    }, isOwn);
  return { log: parts.log, keyring, answers, ask };
}

function request(key: Uint8Array): Uint8Array {
  const writer = new MsgpackWriter("raw");
  writeKeyRequest(writer, { key });
  return writer.copy();
}

function keyAnswer(answers: readonly Uint8Array[]): KeyResponse {
  strictEqual(answers.length, 1);
  const reader = new MsgpackReader(answers[0]!);
  strictEqual(reader.takeByte(), 8);
  return readKeyResponse(reader);
}

Deno.test("InternalQueries.answer() leaves all other names to the application", () => {
  const { ask, answers, log } = build();
  for (const name of ["load", "serf_ping", "_serf", ""]) strictEqual(ask(name), false, name);
  deepStrictEqual([answers, log.lines], [[], []]);
});

Deno.test("InternalQueries.answer() swallows a ping: the ack says it all", () => {
  const { ask, answers, log } = build();
  strictEqual(ask("_serf_ping"), true);
  deepStrictEqual([answers, log.lines], [[], []]);
});

Deno.test("InternalQueries.answer() swallows names of Serf's that it does not know, and says so", () => {
  const { ask, answers, log } = build();
  strictEqual(ask("_serf_dance"), true);
  deepStrictEqual(answers, []);
  deepStrictEqual(log.lines, ["warn Unhandled internal query '_serf_dance'"]);
});

Deno.test("InternalQueries.answer() tells who has a contested name", () => {
  const { ask, answers } = build();
  ask("_serf_conflict", encodeText("other"));
  ask("_serf_conflict", encodeText("stranger"));
  const voted = answers.map((answer) => readConflictResponse(new MsgpackReader(answer, 1)));
  strictEqual(voted[0]?.port, 7946);
  strictEqual(answers[1]?.toHex(), "06c0");
});

Deno.test("InternalQueries.answer() is silent about the own name: no evidence in its own case", () => {
  const { ask, answers } = build();
  strictEqual(ask("_serf_conflict", encodeText("self")), true);
  deepStrictEqual(answers, []);
});

Deno.test("InternalQueries.answer() installs, uses and removes keys, and stores each change", () => {
  const stored: string[][] = [];
  const { ask, answers, keyring } = build({
    keys: [keyA],
    store: (keys) => {
      stored.push(keys.map((key) => key.toHex()));
      return done;
    },
  });
  for (const [name, key] of [["install", keyB], ["use", keyB], ["remove", keyA]] as const) {
    ask(`_serf_${name}-key`, request(key));
    deepStrictEqual(keyAnswer(answers.splice(0)), {
      isOk: true,
      message: "",
      keys: undefined,
      primaryKey: "",
    });
  }
  const [a, b] = [keyA.toHex(), keyB.toHex()];
  deepStrictEqual(stored, [[a, b], [b, a], [b]]);
  deepStrictEqual(keyring?.keys.map((key) => key.toHex()), [b]);
});

Deno.test("InternalQueries.answer() changes no key for a query from before the node came", () => {
  const { ask, answers, keyring, log } = build({ keys: [keyA, keyB], joinedAt: 10 });
  ask("_serf_use-key", request(keyB), 8);
  const { isOk, message } = keyAnswer(answers.splice(0));
  deepStrictEqual([isOk, message], [
    false,
    "the query is older than this member's place in the cluster",
  ]);
  strictEqual(log.has("Refusing to obey use-key"), true);
  deepStrictEqual(keyring?.keys, [keyA, keyB]);

  ask("_serf_use-key", request(keyB), 9);
  strictEqual(keyAnswer(answers.splice(0)).isOk, true);
  deepStrictEqual(keyring?.keys, [keyB, keyA]);
  // One's own is never old, and to list keys changes nothing.
  ask("_serf_use-key", request(keyA), 8, true);
  strictEqual(keyAnswer(answers.splice(0)).isOk, true);
  ask("_serf_list-keys", undefined, 8);
  strictEqual(keyAnswer(answers.splice(0)).primaryKey, keyA.toBase64());
});

Deno.test("InternalQueries.answer() says why a key cannot be changed, and stores nothing", () => {
  const refusals = [
    ["install", new Uint8Array(5), "key size must be 16, 24 or 32 bytes"],
    ["use", keyB, "requested key is not in the keyring"],
    ["remove", keyA, "removing the primary key is not allowed"],
  ] as const;
  const { ask, answers, log, keyring } = build({
    keys: [keyA],
    store: () => {
      throw new Error("nothing is to be stored");
    },
  });
  for (const [name, key, message] of refusals) {
    ask(`_serf_${name}-key`, request(key));
    const answer = keyAnswer(answers.splice(0));
    deepStrictEqual([answer.isOk, answer.message], [false, message]);
    strictEqual(log.lines.at(-1), `error ${message}`);
  }
  strictEqual(keyring?.keys.length, 1);
});

Deno.test("InternalQueries.answer() tells who asked that a key could not be stored", () => {
  const { ask, answers } = build({ keys: [keyA], store: () => failure("disk full") });
  ask("_serf_install-key", request(keyB));
  const answer = keyAnswer(answers);
  deepStrictEqual([answer.isOk, answer.message], [false, "disk full"]);
});

Deno.test("InternalQueries.answer() refuses key changes without encryption", () => {
  for (const name of ["install", "use", "remove"]) {
    const { ask, answers } = build();
    ask(`_serf_${name}-key`, request(keyA));
    const answer = keyAnswer(answers);
    strictEqual(answer.message, "No keyring to modify (encryption not enabled)");
    strictEqual(answer.isOk, false);
  }
});

Deno.test("InternalQueries.answer() survives key requests that are none", () => {
  for (const payload of [undefined, "", "07", "0781a34b", "07c3", "ff"]) {
    const { ask, answers, log, keyring } = build({ keys: [keyA] });
    ask("_serf_install-key", payload === undefined ? undefined : Uint8Array.fromHex(payload));
    const answer = keyAnswer(answers);
    deepStrictEqual([answer.isOk, answer.message], [false, ""], payload);
    strictEqual(log.has("Failed to decode the key request"), true);
    strictEqual(keyring?.keys.length, 1);
  }
});

Deno.test("InternalQueries.answer() never logs a key", () => {
  const { ask, log } = build({ keys: [keyA] });
  ask("_serf_install-key", request(keyB));
  ask("_serf_list-keys", request(new Uint8Array(0)));
  for (const key of [keyA, keyB]) {
    strictEqual(log.has(key.toHex()) || log.has(key.toBase64()), false);
  }
});

Deno.test("InternalQueries.answer() lists all keys, the primary first", () => {
  const { ask, answers } = build({ keys: [keyB, keyA] });
  ask("_serf_list-keys", request(new Uint8Array(0)));
  deepStrictEqual(keyAnswer(answers), {
    isOk: true,
    message: "",
    keys: [keyB.toBase64(), keyA.toBase64()],
    primaryKey: keyB.toBase64(),
  });
});

Deno.test("InternalQueries.answer() has no keys to list without encryption", () => {
  const { ask, answers } = build();
  ask("_serf_list-keys", request(new Uint8Array(0)));
  const { isOk, message, keys } = keyAnswer(answers);
  deepStrictEqual(
    [isOk, message, keys],
    [false, "Keyring is empty (encryption not enabled)", undefined],
  );
});

Deno.test("InternalQueries.answer() lists as many keys as an answer has room for, and says so", () => {
  const keys = Array.from({ length: 60 }, (_, i) => new Uint8Array(32).fill(i));
  const { ask, answers, log } = build({ keys });
  ask("_serf_list-keys", request(new Uint8Array(0)));
  const answer = keyAnswer(answers);
  const shown = answer.keys?.length ?? 0;
  strictEqual(shown > 15 && shown < 25, true, `${shown} keys`);
  strictEqual(
    answer.message,
    `truncated key list response, showing first ${shown} of 60 keys`,
  );
  deepStrictEqual(answer.keys, keys.slice(0, shown).map((key) => key.toBase64()));
  strictEqual(log.lines.at(-1), `warn ${answer.message}`);
});

Deno.test("InternalQueries.answer() shortens a list of few keys that does not fit, without crashing", () => {
  const { ask, answers } = build({ keys: [keyA, keyB, keyC], responseSizeLimit: 160 });
  ask("_serf_list-keys", request(new Uint8Array(0)));
  const answer = keyAnswer(answers);
  deepStrictEqual(answer.keys, [keyA.toBase64()]);
});

Deno.test("InternalQueries.answer() gives up on a list for which there is no room at all", () => {
  const { ask, answers, log } = build({ keys: [keyA, keyB], responseSizeLimit: 10 });
  ask("_serf_list-keys", request(new Uint8Array(0)));
  deepStrictEqual(answers, []);
  strictEqual(log.has("error Failed to respond to _serf_list-keys"), true);
});
