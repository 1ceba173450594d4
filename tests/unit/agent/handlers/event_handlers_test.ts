import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { backlogLimit, EventHandlers } from "../../../../src/agent/handlers/event_handlers.ts";
import type { ScriptOutcome, ScriptRun } from "../../../../src/agent/handlers/script_runner.ts";
import { done, failure } from "../../../../src/ports/result.ts";
import type { SerfEvent } from "../../../../src/serf/event.ts";
import { makeMember, makeQuery } from "../../../support/fake_agent.ts";
import { settle } from "../../../support/memory_connection.ts";
import { RecordingLog, RecordingMeter } from "../../../support/recorders.ts";

const outcome = (text: string, rest: Partial<ScriptOutcome> = {}): ScriptOutcome => {
  const output = new TextEncoder().encode(text);
  return { output, totalBytes: output.length, failure: undefined, ...rest };
};

const user = (name: string, ltime = 1): SerfEvent => {
  return { type: "user", name, ltime, payload: undefined, coalesce: false };
};

/** Handlers whose scripts end when the test says so. */
function setUp(specifications: readonly string[]) {
  const log = new RecordingLog();
  const meter = new RecordingMeter();
  const running: { run: ScriptRun; end: (outcome: ScriptOutcome) => Promise<void> }[] = [];
  const handlers = new EventHandlers({
    log,
    meter,
    self: () => makeMember("self"),
    run(run) {
      const { promise, resolve } = Promise.withResolvers<ScriptOutcome>();
      const end = async (outcome: ScriptOutcome) => {
        running.splice(running.findIndex((other) => other.run === run), 1);
        resolve(outcome);
        await settle();
      };
      running.push({ run, end });
      return promise;
    },
  });
  handlers.configure(specifications);
  const scripts = () => running.map(({ run }) => run.script);
  const endFirst = async (outcome: ScriptOutcome) => await running[0]?.end(outcome);
  return { log, meter, handlers, running, scripts, endFirst };
}

Deno.test("EventHandlers.handle() runs matching scripts one after another, in order", async () => {
  const { handlers, scripts, endFirst } = setUp(["user:a=first", "query=never", "second"]);
  handlers.handle(user("a"));
  handlers.handle(user("b"));
  const seen: string[] = [];
  for (let i = 0; i < 3; i++) {
    strictEqual(scripts().length, 1);
    seen.push(...scripts());
    await endFirst(outcome(""));
  }
  deepStrictEqual(seen, ["first", "second", "second"]);
  deepStrictEqual(scripts(), []);
});

Deno.test("EventHandlers.handle() runs a script once for each matching item of its list", async () => {
  const { handlers, scripts, endFirst, log } = setUp(["user,user:a=echo hi"]);
  handlers.handle(user("a"));
  await endFirst(outcome("hi\n"));
  deepStrictEqual(scripts(), ["echo hi"]);
  await endFirst(outcome("hi\n"));
  deepStrictEqual(scripts(), []);
  strictEqual(log.lines.filter((line) => line.includes("script output: hi")).length, 2);
});

Deno.test("EventHandlers.end() waits for scripts that have a limit, and starts no more", async () => {
  const { handlers, running, scripts } = setUp(["one"]);
  handlers.handle(user("a"));
  handlers.handle(user("b"));
  strictEqual(running[0]?.run.limit, undefined);
  await handlers.end();
  await running[0]?.end(outcome(""));
  deepStrictEqual(scripts(), []);

  const limited = setUp([]);
  limited.handlers.configure(["one"], 5000);
  limited.handlers.handle(user("a"));
  limited.handlers.handle(user("b"));
  strictEqual(limited.running[0]?.run.limit?.time, 5000);
  let hasEnded = false;
  const ending = limited.handlers.end().then(() => hasEnded = true);
  await settle();
  strictEqual(hasEnded, false);
  strictEqual(limited.running[0]?.run.limit?.agentEnd.aborted, true);
  await limited.endFirst(outcome(""));
  await ending;
  deepStrictEqual(limited.scripts(), []);
});

Deno.test("EventHandlers lets others go ahead of a slow script, and says that it is slow", () => {
  const { handlers, scripts, running, log } = setUp(["user:a=slow", "user:b=other"]);
  handlers.handle(user("a"));
  handlers.handle(user("a"));
  handlers.handle(user("b"));
  deepStrictEqual(scripts(), ["slow"]);
  running[0]?.run.onSlow();
  deepStrictEqual(scripts(), ["slow", "other"]);
  ok(log.has("warn Script 'slow' slow, execution exceeding 1s"));
});

Deno.test("EventHandlers goes on after a script that failed", async () => {
  const { handlers, scripts, endFirst, log } = setUp(["bad", "good"]);
  handlers.handle(user("a"));
  await endFirst(outcome("oops\n", { failure: "exit status 7" }));
  deepStrictEqual(scripts(), ["good"]);
  deepStrictEqual(log.lines, [
    "debug Event 'user' script output: oops\n",
    "error Error invoking script 'bad': exit status 7: \"oops\"",
  ]);
  handlers.handle(user("a"));
  await endFirst(outcome(`${"x".repeat(9000)}\x1b[31mend\n`, { failure: "exit status 7" }));
  const [line = ""] = log.lines.filter((line) => line.startsWith("error ")).slice(1);
  ok(line.endsWith('x\\x1b[31mend"') && line.length < 260, line);
  await endFirst(outcome("", { failure: "exit status 7" }));
});

Deno.test("EventHandlers measures scripts and tells of output that was cut", async () => {
  const { handlers, endFirst, log, meter } = setUp(["s"]);
  handlers.handle(user("a"));
  await endFirst(outcome("end", { totalBytes: 9000 }));
  strictEqual(meter.samples.get("agent.invoke.s")?.length, 1);
  ok(log.has("warn Script 's' generated 9000 bytes of output, truncated to 8192"));
});

Deno.test("EventHandlers answers a query with what a script printed", async () => {
  const answers: string[] = [];
  const query = makeQuery("load", {
    respond(payload) {
      answers.push(new TextDecoder().decode(payload));
      return done;
    },
  });
  const { handlers, endFirst } = setUp(["query:load=uptime", "query=quiet", "query=broken"]);
  handlers.handle(query);
  await endFirst(outcome("0.5\n"));
  await endFirst(outcome(""));
  await endFirst(outcome("oops", { failure: "exit status 1" }));
  deepStrictEqual(answers, ["0.5\n"]);
});

Deno.test("EventHandlers tells why an answer was refused", async () => {
  const query = makeQuery("load", { respond: () => failure("response already sent") });
  const { handlers, endFirst, log } = setUp(["uptime"]);
  handlers.handle(query);
  await endFirst(outcome("0.5"));
  ok(log.has(
    "warn Failed to respond to query 'query: load': failed to respond to key query: " +
      "response already sent",
  ));
});

Deno.test("EventHandlers.configure() counts from the next event on and keeps order per script", async () => {
  const { handlers, scripts, endFirst } = setUp(["a", "b"]);
  handlers.handle(user("x"));
  handlers.configure(["c", "a"]);
  handlers.handle(user("y"));
  deepStrictEqual(handlers.list.map(({ script }) => script), ["c", "a"]);
  const seen: string[] = [];
  for (let i = 0; i < 4; i++) {
    seen.push(...scripts());
    await endFirst(outcome(""));
  }
  deepStrictEqual(seen, ["a", "b", "c", "a"]);
});

Deno.test("EventHandlers.configure() changes nothing when one specification is wrong", () => {
  const { handlers } = setUp(["a"]);
  throws(() => handlers.configure(["b", "foo=c"]), {
    message: "Invalid event script: Event 'foo' invoking 'c'",
  });
  deepStrictEqual(handlers.list.map(({ script }) => script), ["a"]);
});

Deno.test("EventHandlers drops what waits for a stuck script beyond its limit, and says so once", async () => {
  const { handlers, running, endFirst, log, meter } = setUp(["user:a=stuck", "user=other"]);
  for (let i = 0; i < backlogLimit + 3; i++) handlers.handle(user("a", i));
  const told = log.lines.filter((line) => line.includes("Dropping events for script 'stuck'"));
  strictEqual(told.length, 1);
  // "stuck" has one event in hand besides those that wait, and misses two; "other" misses three.
  strictEqual(meter.counters.get("agent.invoke.dropped"), 2 + 3);
  let runs = 0;
  while (running.length > 0) {
    if (running[0]?.run.script === "stuck") runs++;
    await endFirst(outcome(""));
  }
  strictEqual(runs, backlogLimit + 1);
});
