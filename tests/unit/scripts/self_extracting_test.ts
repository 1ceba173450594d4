import assert from "node:assert/strict";
import { fillStub } from "../../../scripts/self_extracting/self_extracting.ts";

Deno.test("fillStub() tells the script on which line the archive starts", () => {
  const stub = fillStub("#!/bin/sh\necho @NAME@\ntail -n +@ARCHIVE_LINE@\n", { NAME: "x" });
  assert.equal(stub, "#!/bin/sh\necho x\ntail -n +4\n");
  assert.equal(stub.split("\n").length, 4);
});

Deno.test("fillStub() leaves no blank", () => {
  assert.throws(() => fillStub("@A@ @OTHER@\n", { A: "1" }), /nothing fills: @OTHER@/);
});
