import { deepStrictEqual } from "node:assert/strict";
import { shellCommand } from "../../../src/agent/shell.ts";

Deno.test("shellCommand() takes the platform's shell, and leaves the script as it is", () => {
  const script = 'echo "a b" | sort';
  deepStrictEqual(shellCommand(script, "windows"), {
    command: "cmd",
    args: ["/d", "/s", "/c", '"echo "a b" | sort"'],
    windowsRawArguments: true,
  });
  for (const os of ["linux", "darwin", "freebsd"]) {
    deepStrictEqual(shellCommand(script, os), {
      command: "/bin/sh",
      args: ["-c", 'exec /bin/sh -c "$1" 2>&1', "sh", script],
      windowsRawArguments: false,
    });
  }
});
