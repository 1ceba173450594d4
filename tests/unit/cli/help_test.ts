import assert from "node:assert/strict";
import { listFlag, oneList, switchFlag, textFlag } from "../../../src/cli/flags.ts";
import { formatHelp, formatOverview } from "../../../src/cli/help.ts";

Deno.test("formatHelp() starts with the usage line and ends without a newline", () => {
  const help = formatHelp("try", { usage: "[options] x", about: ["Tries."], flags: {} });
  assert.equal(help, "Usage: serf try [options] x\n\n  Tries.");
  assert.equal(formatHelp("try", { usage: "", about: [], flags: {} }), "Usage: serf try");
});

Deno.test("formatHelp() lists every spelling of every flag, and notes below", () => {
  const help = formatHelp("try", {
    usage: "[options]",
    about: ["Tries."],
    flags: {
      hard: switchFlag("hard", "Harder."),
      address: textFlag("address-of-it=255.255.255.255:65535", "Where."),
      paths: oneList(
        listFlag("file=path", "A file."),
        listFlag("dir=path", "A directory."),
      ),
    },
    notes: [{ heading: "More", paragraphs: ["And so on."] }],
  });
  assert.equal(
    help,
    [
      "Usage: serf try [options]",
      "",
      "  Tries.",
      "",
      "Options:",
      "",
      "  -hard                     Harder.",
      "  -address-of-it=255.255.255.255:65535",
      "                            Where.",
      "  -file=path                A file.",
      "  -dir=path                 A directory.",
      "",
      "More:",
      "",
      "  And so on.",
    ].join("\n"),
  );
});

Deno.test("formatHelp() breaks long texts at column 80", () => {
  const about = "word ".repeat(60).trim();
  const help = formatHelp("try", {
    usage: "",
    about: [about],
    flags: { x: switchFlag("x", about) },
  });
  const lines = help.split("\n");
  assert.equal(Math.max(...lines.map((line) => line.length)), 77);
  assert.equal(help.replace("-x", "").split(/\s+/).filter((word) => word === "word").length, 120);
});

Deno.test("formatOverview() aligns the summaries and ends in an empty line", () => {
  assert.equal(
    formatOverview([{ name: "rtt", synopsis: "One" }, { name: "members", synopsis: "Two" }]),
    "Usage: serf [--version] [--help] <command> [<args>]\n\nAvailable commands are:\n" +
      "    rtt        One\n    members    Two\n",
  );
});
