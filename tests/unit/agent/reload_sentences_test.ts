import { strictEqual } from "node:assert/strict";
import { reloadedSentence, restartSentence } from "../../../src/agent/reload_sentences.ts";

Deno.test("the sentences of a reload name settings as files do, and say nothing of none", () => {
  strictEqual(reloadedSentence({ changed: ["tags", "role"] }), "Reloaded: tags, role");
  strictEqual(restartSentence({ waiting: ["bind"] }), "Changes that need a restart: bind");
  strictEqual(reloadedSentence({ changed: [] }), undefined);
  strictEqual(restartSentence({ waiting: [] }), undefined);
});
