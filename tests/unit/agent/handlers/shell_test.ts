import { deepStrictEqual } from "node:assert/strict";
import { shellCommand } from "../../../../src/agent/handlers/shell.ts";

Deno.test("shellCommand() takes the platform's shell, and leaves the script as it is", () => {
  const script = 'echo "a b" | sort';
  deepStrictEqual(shellCommand(script, {}, "windows"), {
    command: "cmd",
    args: ["/d", "/s", "/c", '"echo "a b" | sort"'],
    windowsRawArguments: true,
  });
  for (const os of ["linux", "darwin", "freebsd"]) {
    deepStrictEqual(shellCommand(script, { SERF_EVENT: "user", SERF_TAG_X: "ä" }, os), {
      command: "/bin/sh",
      args: ["-c", 'exec /bin/sh -c "$1" 2>&1', "sh", script],
      windowsRawArguments: false,
    });
  }
});

Deno.test("shellCommand() has the shell set what is no UTF-8, byte by byte", () => {
  const { args } = shellCommand("x", { SERF_EVENT: "user", SERF_USER_EVENT: "a\udcff" }, "linux");
  deepStrictEqual(args, [
    "-c",
    "SERF_USER_EVENT=$(printf %b '\\0141\\0377.'); export SERF_USER_EVENT=\"${SERF_USER_EVENT%.}\"; " +
    'exec /bin/sh -c "$1" 2>&1',
    "sh",
    "x",
  ]);
});
