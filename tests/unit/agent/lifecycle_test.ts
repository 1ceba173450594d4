import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { AgentFlags } from "../../../src/agent/settings/config.ts";
import { runAgent } from "../../../src/agent/lifecycle.ts";
import { Output } from "../../../src/agent/telemetry/output.ts";
import { RpcClient } from "../../../src/rpc/client.ts";
import { eventually } from "../../../scripts/lab/waiting.ts";

const ip = "127.72.2.1";

/** Starts an agent within this process and notes what it prints. */
function start(flags: AgentFlags) {
  const decoder = new TextDecoder();
  const printed = { text: "" };
  const output = new Output((bytes) => {
    printed.text += decoder.decode(bytes, { stream: true });
    return Promise.resolve(bytes.length);
  });
  return { printed, status: runAgent({ nodeName: "n", ...flags }, output) };
}

async function failure(flags: AgentFlags): Promise<string> {
  const { printed, status } = start(flags);
  strictEqual(await status, 1);
  return printed.text;
}

Deno.test("runAgent() ends with 1 and one line for each kind of bad setting", async () => {
  const cases: [AgentFlags, string][] = [
    [{ tags: ["x"] }, "Error: Invalid tag: 'x'"],
    [{ eventHandlers: ["foo=a"] }, "Invalid event script: Event 'foo' invoking 'a'"],
    [
      { logLevel: "loud" },
      "Invalid log level: LOUD. Valid log levels are: [TRACE DEBUG INFO WARN ERR]",
    ],
    [{ bind: "::1" }, "Invalid bind address: address ::1: too many colons in address"],
    [{ encryptKey: "#" }, "Invalid encryption key: illegal base64 data at input byte 0"],
    [{ profile: "moon" }, "Unknown profile: moon"],
  ];
  for (const [flags, line] of cases) strictEqual(await failure(flags), `==> ${line}\n`);
});

Deno.test("runAgent() prints nothing but JSON if that is asked for, wherever that is said", async () => {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  const file = { log_format: "json", retry_interval: "1ms", role: "web", profile: "moon" };
  try {
    await Deno.writeTextFile(path, JSON.stringify(file));
    const wrong = { retryInterval: "1ms", profile: "moon" };
    const outputs = [
      await failure({ logFormat: "json", ...wrong }),
      await failure({ configPaths: [path] }),
      await failure({ logFormat: "json", tags: ["x"] }),
    ];
    const messages = outputs.map((text) =>
      text.trimEnd().split("\n").map((line) => JSON.parse(line).message)
    );
    const tooLow = "Warning: 'RetryInterval' is too low. Setting to 1s";
    deepStrictEqual(messages, [
      [tooLow, "Unknown profile: moon"],
      [
        "Deprecation warning: 'Role' has been replaced with 'Tags'",
        tooLow,
        "Unknown profile: moon",
      ],
      ["Error: Invalid tag: 'x'"],
    ]);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("runAgent() says that it starts before what fails behind that", async () => {
  const starting = "==> Starting Serf agent...\n";
  strictEqual(
    await failure({ tagsFile: "/nonexistent/t", tags: ["a=b"] }),
    `${starting}==> Failed to setup the Serf agent: Tags config not allowed while using tag files\n`,
  );
  match(
    await failure({ bind: `${ip}:0`, protocol: 9 }),
    /^==> Starting.*\n {4}\S+ \S+ \[INFO\] agent: Serf agent starting\n==> Failed to start the Serf agent: Error creating Serf: Protocol version '9' too high\./,
  );
});

Deno.test("runAgent() runs until a client makes it leave, and frees all it held", async () => {
  const rpcAddr = `${ip}:7373`;
  const { printed, status } = start({ bind: `${ip}:0`, rpcAddr });
  await eventually("the agent runs", () => Promise.resolve(printed.text.includes("Log data")));
  strictEqual(printed.text.indexOf("==> Starting Serf agent...\n"), 0);
  const banner = printed.text.indexOf("Serf agent running!");
  ok(banner > 0 && banner < printed.text.indexOf("Node name: 'n'"), printed.text);

  // A second one finds the port taken, and says so last.
  const second = (await failure({ bind: `${ip}:0`, rpcAddr })).trimEnd().split("\n");
  strictEqual(
    second.at(-1),
    `==> Error starting RPC listener: listen tcp ${rpcAddr}: bind: address already in use`,
  );

  const client = await RpcClient.connect({ address: rpcAddr });
  await client.leave();
  client.close();
  strictEqual(await status, 0);
  match(printed.text, /\[INFO\] agent: requesting graceful leave from Serf\n/);
  deepStrictEqual(
    await Deno.connect({ hostname: ip, port: 7373 }).then(() => "open", () => "shut"),
    "shut",
  );
});
