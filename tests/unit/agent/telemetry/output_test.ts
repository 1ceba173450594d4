import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { LogRecord } from "@logtape/logtape";
import { LogWriter } from "../../../../src/agent/telemetry/log_writer.ts";
import { Output, queueLimit } from "../../../../src/agent/telemetry/output.ts";

const decoder = new TextDecoder();

/** An output whose reader takes what a test lets it take. */
function setUp() {
  const written: string[] = [];
  let gate: Promise<void> = Promise.resolve();
  const output = new Output(async (bytes) => {
    await gate;
    written.push(decoder.decode(bytes));
    return bytes.length;
  });
  const stall = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    return resolve;
  };
  return { output, written, stall, text: () => written.join("") };
}

const record: LogRecord = {
  category: ["agent"],
  level: "info",
  message: ["hello"],
  rawMessage: "hello",
  timestamp: new Date(2026, 10, 23, 4, 51, 38).getTime(),
  properties: {},
};

Deno.test("Output prefixes the first line of status lines, facts and log lines", async () => {
  const { output, text } = setUp();
  output.status("Starting");
  output.error("2 errors:\n\t* x");
  output.fact("Profile: lan");
  output.space();
  output.record(record);
  await output.flush();
  strictEqual(
    text(),
    "==> Starting\n==> 2 errors:\n\t* x\n    Profile: lan\n\n" +
      "    2026/11/23 04:51:38 [INFO] agent: hello\n",
  );
});

Deno.test("Output in JSON prints one object a line and no decoration", async () => {
  const { output, text } = setUp();
  output.format = "json";
  output.status("Starting");
  output.error("Bad");
  output.fact("    Profile: lan");
  output.space();
  output.record(record);
  await output.flush();
  const lines = text().trimEnd().split("\n").map((line) => JSON.parse(line));
  deepStrictEqual(lines.map(({ level, message }) => [level, message]), [
    ["INFO", "Starting"],
    ["ERROR", "Bad"],
    ["INFO", "Profile: lan"],
    ["INFO", "hello"],
  ]);
});

Deno.test("Output writes on where a short write ended", async () => {
  const written: number[] = [];
  const output = new Output((bytes) => {
    const some = bytes.subarray(0, 3);
    written.push(...some);
    return Promise.resolve(some.length);
  });
  output.status("a longer line");
  await output.flush();
  strictEqual(decoder.decode(Uint8Array.from(written)), "==> a longer line\n");
});

Deno.test("Output never waits for its reader: it drops, counts and tells later", async () => {
  const { output, text, stall } = setUp();
  const resume = stall();
  const line = "x".repeat(queueLimit / 4);
  output.fact("taken");
  await Promise.resolve();
  for (let i = 0; i < 6; i++) output.fact(line);
  resume();
  await output.flush();
  strictEqual(text().split("\n").filter((each) => each.endsWith(line)).length, 3);
  ok(text().endsWith("==> 3 lines were dropped because the output was not read\n"));
});

Deno.test("Output gives up quietly when nobody reads any more", async () => {
  let calls = 0;
  const output = new Output(() => {
    calls++;
    return Promise.reject(new Deno.errors.BrokenPipe());
  });
  output.fact("a");
  await output.flush();
  output.fact("b");
  await output.flush();
  strictEqual(calls, 1);
});

Deno.test("Output.flush() does not wait for ever", async () => {
  const { output, text, stall } = setUp();
  const resume = stall();
  output.fact("a");
  await output.flush(0);
  strictEqual(text(), "");
  resume();
  await output.flush();
  strictEqual(text(), "    a\n");
});

Deno.test("Output in JSON leaves the text that clients follow as it is", async () => {
  const { output, text } = setUp();
  output.format = "json";
  const writer = new LogWriter(() => record.timestamp);
  writer.addSink(output.record);
  writer.openGate();
  writer.log("agent").info("hello");
  await output.flush();
  strictEqual(JSON.parse(text()).message, "hello");
  deepStrictEqual(writer.recent().map((entry) => entry.text), [
    "2026/11/23 04:51:38 [INFO] agent: hello",
  ]);
});
