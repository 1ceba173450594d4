/** Queries against what the reference computed: expressions, time, queues, lists of keys. */

import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { compileRe2, Re2Error } from "../../src/go/re2.ts";
import { Keyring } from "../../src/memberlist/keyring.ts";
import { defaultQueryTimeout } from "../../src/serf/queries/queries.ts";
import { decodeResponse, QueriesUnderTest } from "../support/query_parts.ts";
import { TestNode } from "../support/test_node.ts";
import { bothProducers, readVectors } from "../support/vectors.ts";

interface ExpressionVector {
  readonly expr: string;
  readonly input: string;
  readonly compiles: boolean;
  readonly compiles_new?: boolean;
  readonly matches: boolean;
  readonly matches_new?: boolean;
}

Deno.test("compileRe2() takes, refuses and matches what the newer reference does", () => {
  const vectors = readVectors<ExpressionVector[]>("filter-regex");
  strictEqual(vectors.length, 28);
  for (const vector of vectors) {
    const { expr, input, compiles_new = vector.compiles, matches_new = vector.matches } = vector;
    if (compiles_new) strictEqual(compileRe2(expr).test(input), matches_new, expr);
    else throws(() => compileRe2(expr), Re2Error, expr);
  }
});

interface QueryFormulas {
  readonly default_query_timeout: readonly {
    readonly gossip_interval_ns: number;
    readonly members: number;
    readonly timeout_mult: number;
    readonly timeout_ns: number;
  }[];
  readonly queue_max: readonly {
    readonly max_queue_depth: number;
    readonly members: number;
    readonly min_queue_depth: number;
    readonly result: number;
  }[];
  readonly list_keys_truncation: readonly (Readonly<Record<string, unknown>> & {
    readonly key_bytes: number;
    readonly keys: number;
    readonly limit: number;
    /** The older reference ended here. */
    readonly panic?: string;
  })[];
}

Deno.test("defaultQueryTimeout() gives what the reference gives", () => {
  const { default_query_timeout } = readVectors<QueryFormulas>("query-formulas");
  strictEqual(default_query_timeout.length, 42);
  for (const vector of default_query_timeout) {
    const { gossip_interval_ns, members, timeout_mult, timeout_ns } = vector;
    const timeout = defaultQueryTimeout(gossip_interval_ns / 1e6, timeout_mult, members);
    strictEqual(timeout * 1e6, timeout_ns, JSON.stringify(vector));
  }
});

Deno.test("SerfLanes.limit is the reference's", () => {
  const { queue_max } = readVectors<QueryFormulas>("query-formulas");
  strictEqual(queue_max.length, 4);
  for (const { max_queue_depth, members, min_queue_depth, result } of queue_max) {
    const node = new TestNode({ maxQueueDepth: max_queue_depth, minQueueDepth: min_queue_depth });
    node.memberlist.aliveCount = members;
    strictEqual(node.lanes.limit, result, `${members} members`);
  }
});

/** The whole answer of a node to a query for its keys. */
function listedKeys(keyLength: number, count: number, limit: number): string {
  const keys = Array.from({ length: count }, (_, i) => new Uint8Array(keyLength).fill(i + 1));
  const keyring = Keyring.from(keys);
  ok(keyring.ok);
  const name = "node-1.example";
  const under = new QueriesUnderTest({
    name,
    queryResponseSizeLimit: limit,
    keyring: keyring.value,
  });
  under.receive({ ltime: 5, id: 77, name: "_serf_list-keys" });
  const [answer, ...others] = under.sent;
  ok(answer);
  deepStrictEqual(others, []);
  strictEqual(decodeResponse(answer.message).id, 77);
  return answer.message.toHex();
}

Deno.test("a list of keys is cut where the reference cuts it, byte for byte, and never crashes", () => {
  const { list_keys_truncation } = readVectors<QueryFormulas>("query-formulas");
  strictEqual(list_keys_truncation.length, 12);
  for (const vector of list_keys_truncation) {
    const { key_bytes, keys, limit, panic } = vector;
    const forms = bothProducers<string>(vector, "response_hex");
    const expected = panic === undefined ? forms[0] : forms[1];
    strictEqual(listedKeys(key_bytes, keys, limit), expected, `${keys} keys of ${key_bytes} bytes`);
  }
});
