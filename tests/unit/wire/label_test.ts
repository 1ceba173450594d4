import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { ByteWriter } from "../../../src/bytes/byte_writer.ts";
import { encodeText } from "../../../src/bytes/text.ts";
import { checkLabel, type LabelRule, writeLabel } from "../../../src/wire/label.ts";
import { WireError } from "../../../src/wire/wire_error.ts";

function rule(label: string, skipInboundLabelCheck = false): LabelRule {
  return { label: encodeText(label), skipInboundLabelCheck };
}

function labelled(label: string, rest = "rest"): Uint8Array {
  const writer = new ByteWriter();
  writeLabel(writer, encodeText(label));
  writer.writeRaw(encodeText(rest));
  return writer.copy();
}

function refuses(bytes: Uint8Array, expected: LabelRule, message: string): void {
  throws(() => checkLabel(bytes, expected), (error) => {
    if (!(error instanceof WireError)) return false;
    deepStrictEqual([error.reason, error.message], ["label", message]);
    return true;
  });
}

Deno.test("writeLabel() writes type, length and label, and nothing for no label", () => {
  strictEqual(labelled("blue", "").toHex(), "f404" + encodeText("blue").toHex());
  strictEqual(labelled("", "").length, 0);
});

Deno.test("checkLabel() finds where the rest starts", () => {
  strictEqual(checkLabel(labelled("blue"), rule("blue")), 6);
  strictEqual(checkLabel(labelled("blue", ""), rule("blue")), 6);
  strictEqual(checkLabel(labelled(""), rule("")), 0);
  strictEqual(checkLabel(new Uint8Array(0), rule("")), 0);
});

Deno.test("checkLabel() keeps clusters apart, also those without a label", () => {
  refuses(labelled("blue"), rule("green"), "Label does not match");
  refuses(labelled("blue"), rule("blues"), "Label does not match");
  refuses(labelled("blue"), rule(""), "Label does not match");
  refuses(labelled(""), rule("blue"), "Label is missing");
  refuses(new Uint8Array(0), rule("blue"), "Label is missing");
});

Deno.test("checkLabel() refuses a header that breaks off or names no label", () => {
  for (const broken of ["f4", "f400", "f40562", "f4ff"]) {
    refuses(Uint8Array.fromHex(broken), rule("blue"), "Label header is broken");
  }
});

Deno.test("checkLabel() with the check off expects that somebody took the label away", () => {
  strictEqual(checkLabel(labelled(""), rule("blue", true)), 0);
  refuses(labelled("blue"), rule("blue", true), "Unexpected label: the check is disabled");
});
