import { match, strictEqual } from "node:assert/strict";
import { systemErrorText } from "../../../src/go/system_error.ts";

function errorOf(code: string, message = "what the platform says"): Error {
  return Object.assign(new Error(message), { code });
}

Deno.test("systemErrorText() uses the words that Serf's users know", () => {
  strictEqual(systemErrorText(errorOf("ECONNREFUSED")), "connection refused");
  strictEqual(systemErrorText(errorOf("EADDRINUSE")), "address already in use");
  strictEqual(systemErrorText(errorOf("ENOENT")), "no such file or directory");
});

Deno.test("systemErrorText() keeps the platform's words for what it does not know", () => {
  strictEqual(systemErrorText(errorOf("EODD", "Odd thing (os error 99)")), "odd thing");
  strictEqual(systemErrorText(errorOf("EODD", "Odd (os error 99): open '/a (b)'")), "odd");
  strictEqual(systemErrorText(new Error("Broken")), "broken");
  strictEqual(systemErrorText(Object.assign(new Error("Broken"), { code: 7 })), "broken");
});

Deno.test("systemErrorText() names what is no error at all", () => {
  strictEqual(systemErrorText("timeout"), "timeout");
  strictEqual(systemErrorText(undefined), "undefined");
});

Deno.test("systemErrorText() names what the runtime really throws", () => {
  const failureOf = (action: () => unknown) => {
    try {
      action();
    } catch (error) {
      return systemErrorText(error);
    }
    throw new Error("It cannot work");
  };
  const missing = failureOf(() => Deno.openSync("/no such folder/file"));
  strictEqual(missing, "no such file or directory");
  strictEqual(failureOf(() => Deno.writeTextFileSync("/", "x")), "is a directory");
  if (Deno.build.os === "windows") return;
  const tooLong = failureOf(() => Deno.listen({ transport: "unix", path: "/".padEnd(200, "s") }));
  match(String(tooLong), /^invalid argument: the path of a socket has at most 107 bytes/);
});
