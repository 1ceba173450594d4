import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { decodeText } from "../../../../src/bytes/text.ts";
import {
  outputLimit,
  runScript,
  type ScriptRun,
} from "../../../../src/agent/handlers/script_runner.ts";

// The scripts are written for a Unix shell.
const onUnix = { ignore: Deno.build.os === "windows" };

async function run(script: string, more: Partial<ScriptRun> = {}) {
  let slow = 0;
  const outcome = await runScript({
    script,
    environment: {},
    input: [],
    onSlow: () => slow++,
    ...more,
  });
  return { ...outcome, text: new TextDecoder().decode(outcome.output), slow };
}

Deno.test("runScript() has the shell read the script", onUnix, async () => {
  const { text, failure } = await run("for i in 1 2; do echo $i; done | tr 12 ab && echo done");
  strictEqual(text, "a\nb\ndone\n");
  strictEqual(failure, undefined);
});

Deno.test(
  "runScript() gives variables on top of the agent's own, and the input",
  onUnix,
  async () => {
    const environment = { SERF_EVENT: "user", SERF_TAG_X: "$HOME `id`" };
    const input = ["pay", "load\n"].map((text) => new TextEncoder().encode(text));
    const { text } = await run('echo "$SERF_EVENT $SERF_TAG_X ${PATH:+path}"; cat', {
      environment,
      input,
    });
    strictEqual(text, "user $HOME `id` path\npayload\n");
  },
);

Deno.test("runScript() hands over bytes that are no UTF-8 as they are", onUnix, async () => {
  const bytes = Uint8Array.from([0xff, 0x25, 0x73, 0x27, 0x24, 0x5c, 0x30, 0xc3, 0x0a, 0x0a]);
  const environment = { SERF_USER_EVENT: decodeText(bytes), SERF_EVENT: "user" };
  const { output } = await run('printf %s "$SERF_USER_EVENT"; printf %s "$SERF_EVENT"', {
    environment,
  });
  deepStrictEqual(output, Uint8Array.of(...bytes, ...new TextEncoder().encode("user")));
});

Deno.test(
  "runScript() keeps both outputs in the order in which they were printed",
  onUnix,
  async () => {
    const { text } = await run("echo 1; echo 2 >&2; echo 3");
    strictEqual(text, "1\n2\n3\n");
  },
);

Deno.test("runScript() reads a flood to its end, if not in haste", onUnix, async () => {
  const { text, totalBytes } = await run("head -c 17000000 /dev/zero; echo end");
  strictEqual(totalBytes, 17_000_004);
  ok(text.endsWith("\0end\n"));
});

Deno.test(
  "runScript() keeps the end of a long output, and tells how long it was",
  onUnix,
  async () => {
    const { output, text, totalBytes } = await run(
      "head -c 100000 /dev/zero | tr '\\0' x; echo end",
    );
    strictEqual(output.length, outputLimit);
    strictEqual(totalBytes, 100_004);
    ok(text.endsWith("xxxend\n"));
  },
);

Deno.test(
  "runScript() tells a status, a signal and a missing command as the reference does",
  onUnix,
  async () => {
    strictEqual((await run("exit 7")).failure, "exit status 7");
    strictEqual((await run("kill -TERM $$")).failure, "signal: terminated");
    const missing = await run("no-such-command-anywhere");
    strictEqual(missing.failure, "exit status 127");
    match(missing.text, /not found/);
  },
);

Deno.test("runScript() does not mind a script that leaves its input unread", onUnix, async () => {
  const { failure, text } = await run("exec <&-; echo ok", { input: [new Uint8Array(1_000_000)] });
  deepStrictEqual([failure, text], [undefined, "ok\n"]);
});

Deno.test(
  "runScript() asks for input in a turn of its own, and only as fast as it is read",
  onUnix,
  async () => {
    const piece = new Uint8Array(128 * 1024);
    let asked = 0;
    let turns = 0;
    function* input() {
      for (; asked < 64; asked++) {
        const atLeast = turns;
        setImmediate(() => turns++);
        yield piece;
        ok(turns > atLeast, "no turn of anybody else came between two pieces");
      }
    }
    const whole = await run("wc -c", { input: input() });
    deepStrictEqual([whole.text.trim(), whole.failure], [String(64 * piece.length), undefined]);
    strictEqual(asked, 64);

    asked = 0;
    const unread = await run("sleep 0.2", { input: input() });
    strictEqual(unread.failure, undefined);
    ok(asked < 64, `asked for ${asked} pieces that nobody read`);
  },
);

const never = new AbortController().signal;

Deno.test("runScript() ends a script at its limit, with all that it started", onUnix, async () => {
  // The background child holds the output open and would keep the run from ending.
  const { failure, text } = await run("sleep 60 & echo started; sleep 61", {
    limit: { time: 300, agentEnd: never },
  });
  deepStrictEqual([failure, text], ["time limit of 300ms exceeded", "started\n"]);
});

Deno.test("runScript() kills what does not end when it is asked to", onUnix, async () => {
  const { failure, text } = await run(
    "trap 'echo asked' TERM; while true; do sleep 0.05; done",
    { limit: { time: 300, agentEnd: never } },
  );
  strictEqual(failure, "time limit of 300ms exceeded");
  // Its children are asked as well, so that the loop starts another one.
  ok(text.includes("asked\n"), text);
});

Deno.test("runScript() leaves a script alone that is within its limit", onUnix, async () => {
  const { failure, text } = await run("echo quick", { limit: { time: 60_000, agentEnd: never } });
  deepStrictEqual([failure, text], [undefined, "quick\n"]);
});

Deno.test("runScript() ends a script that has a limit when the agent ends", onUnix, async () => {
  const { failure } = await run("sleep 60", {
    limit: { time: 60_000, agentEnd: AbortSignal.abort() },
  });
  strictEqual(failure, "the agent ended");
});
