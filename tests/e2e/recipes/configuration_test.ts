/** The recipe for configuration: a file goes to the nodes of a role, and digests come back. */

import assert from "node:assert/strict";
import { eventuallyEqual, needsPrograms, Recipe } from "../../support/recipes.ts";

const ips = { web1: "127.77.6.1", web2: "127.77.6.2", desk: "127.77.6.3" };

Deno.test({
  name:
    "recipe configuration: a file reaches the nodes of a role, and each says whether it took it",
  ...await needsPrograms(),
  fn: async () => {
    await using recipe = await Recipe.open("configuration");
    const web = (name: string, ip: string) =>
      recipe.addNode({
        name,
        ip,
        args: [
          "-tag=role=web",
          "-event-handler=query:configuration=./receive.sh",
          ...(ip === ips.web1 ? [] : [`-join=${ips.web1}`]),
        ],
        env: {
          CONFIGURATION_FOLDER: "FOLDER/etc",
          CONFIGURATION_CHECK:
            `grep -q ^workers= "$1" || { echo "${name} wants workers"; exit 1; }`,
          CONFIGURATION_RELOAD: 'echo reloaded >> "FOLDER/reloads"',
        },
      }, (node) => node.run("mkdir etc"));
    const web1 = await web("web-1", ips.web1);
    const web2 = await web("web-2", ips.web2);
    const desk = await recipe.addNode({
      name: "desk",
      ip: ips.desk,
      args: ["-tag=role=desk", `-join=${ips.web1}`],
    });
    const liveAtDesk = async () =>
      [...(await desk.agent.members()).values()].filter(({ status }) => status === "alive").length;
    await eventuallyEqual("all see each other", 3, liveAtDesk);

    const text = "workers=4\n# ünïcode, 'quotes' and $dollars\n\n\n";
    await Deno.writeTextFile(`${desk.folder}/app.conf`, text);
    const pushed = await desk.run("./push.sh app.conf web");
    assert.deepEqual(pushed, { code: 0, stdout: "web-1: has it\nweb-2: has it\n", stderr: "" });
    for (const node of [web1, web2]) {
      assert.equal(await node.read("etc/app.conf"), text);
      assert.equal(await node.read("reloads"), "reloaded\n");
      assert.equal(((await Deno.stat(`${node.folder}/etc/app.conf`)).mode ?? 0) & 0o777, 0o644);
    }

    // What its program would not take changes nothing, and the reason comes back.
    await Deno.writeTextFile(`${desk.folder}/app.conf`, "nonsense\n");
    const refused = await desk.run("./push.sh app.conf web");
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^Not everybody has app\.conf:\n/);
    assert.match(refused.stderr, /^ {2}web-2: refused: web-2 wants workers$/m);
    assert.equal(await web1.read("etc/app.conf"), text);
    assert.deepEqual((await web1.run("ls -A etc")).stdout, "app.conf\n");

    await desk.run("head -c 3000 /dev/urandom > large");
    const large = await desk.run("./push.sh large web");
    assert.equal(large.code, 1);
    assert.match(large.stderr, /^large is \d+ bytes when packed; a query takes 900\. /);
  },
});
