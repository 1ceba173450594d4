import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { Base64Error, decodeBase64 } from "../../../src/go/base64.ts";

function refuses(text: string, offset: number): void {
  throws(() => decodeBase64(text), (error) => {
    if (!(error instanceof Base64Error)) return false;
    strictEqual(error.message, `illegal base64 data at input byte ${offset}`, text);
    return true;
  });
}

Deno.test("decodeBase64() gives back any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
    deepStrictEqual([...decodeBase64(bytes.toBase64())], [...bytes]);
  }));
});

Deno.test("decodeBase64() skips line ends wherever they are, and no other space", () => {
  strictEqual(new TextDecoder().decode(decodeBase64("\nZm\r\n9v\nYg=\n=\r\n")), "foob");
  refuses("Zm9v Yg==", 4);
});

Deno.test("decodeBase64() names the byte that is no digit", () => {
  refuses("Zm9*", 3);
  refuses("*", 0);
  refuses("Zm-_", 2);
  refuses("Zm9vé", 4);
});

Deno.test("decodeBase64() wants the last group whole, and padded only there", () => {
  refuses("Zm9vY", 4);
  refuses("Zm9vYg", 4);
  refuses("Zm9vYg=", 7);
  refuses("Zm9vYg=a", 6);
  refuses("Zg==Zg==", 4);
  refuses("Z===", 1);
  refuses("====", 0);
});

Deno.test("decodeBase64() forgives bits that the last digit has too many", () => {
  strictEqual(decodeBase64("Zh==").toHex(), "66");
});
