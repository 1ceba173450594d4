import { rejects } from "node:assert/strict";
import { checkProgram } from "../../../../src/agent/handlers/handler_program.ts";

Deno.test("checkProgram() takes programs in PATH, words of the shell, and files that may be run", async () => {
  for (const script of ["cat", "sh -c true", "exit 3", "A=1 B=x/y cat; nosuch", Deno.execPath()]) {
    await checkProgram(script);
  }
});

Deno.test("checkProgram() judges nothing that only the shell can work out", async () => {
  for (const script of ["$HOME/x", "(nosuch)", '"/no such"', "[ -f x ]", "~/x", ""]) {
    await checkProgram(script);
  }
});

Deno.test("checkProgram() refuses what is not there, is no file or may not be run", async () => {
  const path = await Deno.makeTempFile();
  try {
    await rejects(checkProgram("nosuchprogram a"), /there is no program 'nosuchprogram' in PATH/);
    await rejects(checkProgram("./nowhere/x.sh"), /there is no file '.\/nowhere\/x.sh'/);
    await rejects(checkProgram("/ a"), /'\/' is no file/);
    await rejects(checkProgram(`${path} a`), /may not be run \(chmod \+x /);
  } finally {
    await Deno.remove(path);
  }
});
