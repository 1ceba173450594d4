import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import type { HistoryItem } from "../../../../src/host/history/history_item.ts";
import { SerfHistory } from "../../../../src/host/history/serf_history.ts";
import { memoryHistory, testEpoch } from "../../../support/memory_history.ts";

function setUp() {
  const history = memoryHistory();
  const ended = new AbortController();
  const fire = (name: string) => history.append({ kind: "user", name });
  return { ended, fire, reader: new SerfHistory(history, ended.signal) };
}

const collect = (items: AsyncIterable<HistoryItem>) => Array.fromAsync(items, ({ name }) => name);

Deno.test("SerfHistory.read() gives what is kept, from a cursor, an age or the start", async () => {
  const { fire, reader } = setUp();
  for (const name of ["a", "b", "c"]) fire(name);
  deepStrictEqual(await collect(reader.read()), ["a", "b", "c"]);
  deepStrictEqual(await collect(reader.read({ since: `${testEpoch}-2` })), ["c"]);
  deepStrictEqual(await collect(reader.read({ since: 1000 })), []);
  deepStrictEqual(await collect(reader.read({ since: 1e14 })), ["a", "b", "c"]);
  await rejects(collect(reader.read({ since: "x" })), { name: "RequestError" });
});

Deno.test("SerfHistory.read() follows until the node ends or nobody wants more", async () => {
  const { ended, fire, reader } = setUp();
  fire("a");
  const stop = new AbortController();
  const stopped = collect(reader.read({ follow: true, signal: stop.signal }));
  const followed = collect(reader.read({ follow: true }));
  await new Promise((resolve) => setTimeout(resolve));
  fire("b");
  await new Promise((resolve) => setTimeout(resolve));
  stop.abort();
  deepStrictEqual(await stopped, ["a", "b"]);
  fire("c");
  ended.abort();
  deepStrictEqual(await followed, ["a", "b", "c"]);
});

Deno.test("SerfHistory.read() keeps nothing for a loop that is slow", async () => {
  const { fire, reader } = setUp();
  fire("a");
  const loop = reader.read({ follow: true });
  strictEqual((await loop.next()).value?.name, "a");
  for (let i = 0; i < 1000; i++) fire(`e${i}`);
  for (let i = 0; i < 1000; i++) strictEqual((await loop.next()).value?.name, `e${i}`);
  await loop.return();
});
