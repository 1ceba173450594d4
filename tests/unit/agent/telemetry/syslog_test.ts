import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import type { LogLevel, LogRecord } from "@logtape/logtape";
import { formatMessage, openSyslog } from "../../../../src/agent/telemetry/syslog.ts";

function makeRecord(text: string, level: LogLevel = "info", category = ["agent"]): LogRecord {
  return {
    category,
    level,
    message: [text],
    rawMessage: text,
    timestamp: new Date(2026, 10, 3, 4, 5, 6).getTime(),
    properties: {},
  };
}

async function inDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const onUnix = { ignore: Deno.build.os === "windows" };

Deno.test("formatMessage() prints priority, time, process and text", () => {
  const line = formatMessage(makeRecord("it's up"), 16);
  strictEqual(line, `<133>Nov  3 04:05:06 serf[${Deno.pid}]: agent: it's up\n`);
  strictEqual(
    formatMessage(makeRecord("x", "error", []), 3),
    `<27>Nov  3 04:05:06 serf[${Deno.pid}]: x\n`,
  );
});

Deno.test("formatMessage() grades levels", () => {
  const severity = (level: LogLevel) => {
    return Number(/^<(\d+)>/.exec(formatMessage(makeRecord("x", level), 0))?.[1]);
  };
  const levels: LogLevel[] = ["trace", "debug", "info", "warning", "error", "fatal"];
  deepStrictEqual(levels.map(severity), [7, 6, 5, 4, 3, 2]);
});

Deno.test("openSyslog() refuses a facility that is none, and a machine without a daemon", async () => {
  await rejects(openSyslog("LOCAL8", []), { message: "invalid syslog facility: LOCAL8" });
  for (const facility of ["local7", "Daemon"]) {
    await rejects(openSyslog(facility, ["/nonexistent/log"]), {
      message: "Unix syslog delivery error",
    });
  }
});

Deno.test("openSyslog() sends datagrams where the daemon wants them", onUnix, async () => {
  await inDirectory(async (directory) => {
    const path = `${directory}/log`;
    const daemon = Deno.listenDatagram({ transport: "unixpacket", path });
    const syslog = await openSyslog("USER", [`${directory}/none`, path]);
    try {
      syslog.sink(makeRecord("first"));
      syslog.sink(makeRecord("second"));
      for (const text of ["first", "second"]) {
        const [packet] = await daemon.receive();
        match(new TextDecoder().decode(packet), new RegExp(`^<13>.* agent: ${text}\\n$`));
      }
    } finally {
      await syslog.close();
      daemon.close();
    }
  });
});

Deno.test("openSyslog() writes to a stream where the daemon listens to one", onUnix, async () => {
  await inDirectory(async (directory) => {
    const path = `${directory}/log`;
    using daemon = Deno.listen({ transport: "unix", path });
    const accepted = daemon.accept();
    const syslog = await openSyslog("USER", [path]);
    using connection = await accepted;
    syslog.sink(makeRecord("hello"));
    const buffer = new Uint8Array(256);
    const length = await connection.read(buffer) ?? 0;
    match(new TextDecoder().decode(buffer.subarray(0, length)), /^<13>.* agent: hello\n$/);
    await syslog.close();
    strictEqual(await connection.read(buffer), null);
  });
});

Deno.test("openSyslog() delivers what waits before it closes", onUnix, async () => {
  await inDirectory(async (directory) => {
    const path = `${directory}/log`;
    const daemon = Deno.listenDatagram({ transport: "unixpacket", path });
    const syslog = await openSyslog("USER", [path]);
    for (let i = 0; i < 5; i++) syslog.sink(makeRecord(`line ${i}`));
    await syslog.close();
    for (let i = 0; i < 5; i++) {
      const [packet] = await daemon.receive();
      match(new TextDecoder().decode(packet), new RegExp(`line ${i}\\n$`));
    }
    daemon.close();
  });
});

Deno.test("openSyslog() finds a daemon again that has started anew", onUnix, async () => {
  await inDirectory(async (directory) => {
    const path = `${directory}/log`;
    const first = Deno.listen({ transport: "unix", path });
    const accepted = first.accept();
    const syslog = await openSyslog("USER", [path]);
    (await accepted).close();
    first.close();
    // Nobody is there: this line may be lost, and does no harm.
    syslog.sink(makeRecord("lost"));

    using second = Deno.listen({ transport: "unix", path });
    const again = second.accept();
    syslog.sink(makeRecord("found"));
    const connection = await again;
    await syslog.close();
    match(await new Response(connection.readable).text(), /agent: found\n$/);
  });
});
