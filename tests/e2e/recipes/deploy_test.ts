/** The recipe for deploys: an event does it, a query tells who has done it. */

import assert from "node:assert/strict";
import { eventuallyEqual, needsPrograms, Recipe } from "../../support/recipes.ts";

const ips = { web1: "127.77.5.1", web2: "127.77.5.2", desk: "127.77.5.3" };

Deno.test({
  name: "recipe deploy: an event brings every node to a version, and a query tells who is there",
  ...await needsPrograms(),
  fn: async () => {
    await using recipe = await Recipe.open("deploy");
    const web = (name: string, ip: string) =>
      recipe.addNode({
        name,
        ip,
        args: [
          "-tag=role=web",
          "-event-handler=user:deploy=./deploy.sh",
          "-event-handler=query:deployed=./deployed.sh",
          ...(ip === ips.web1 ? [] : [`-join=${ips.web1}`]),
        ],
        env: {
          DEPLOY_HOME: "FOLDER/app",
          DEPLOY_FETCH: 'tar -xzf "FOLDER/../store/app-$1.tar.gz" -C "$2"',
          DEPLOY_RESTART: 'cat "FOLDER/app/current/app" >> "FOLDER/restarts"',
        },
      }, (node) => node.run("mkdir app"));
    const web1 = await web("web-1", ips.web1);
    const web2 = await web("web-2", ips.web2);
    const desk = await recipe.addNode({ name: "desk", ip: ips.desk, args: [`-join=${ips.web1}`] });
    await desk.run(`
      mkdir ../store
      for version in v1 v2; do
        echo "app $version" > app
        tar -czf ../store/app-$version.tar.gz app
      done
    `);
    const liveAtDesk = async () =>
      [...(await desk.agent.members()).values()].filter(({ status }) => status === "alive").length;
    await eventuallyEqual("all see each other", 3, liveAtDesk);

    const rolledOut = await desk.run("./rollout.sh v1 web");
    assert.deepEqual(rolledOut, { code: 0, stdout: "web-1: v1\nweb-2: v1\n", stderr: "" });
    for (const node of [web1, web2]) {
      assert.equal(await node.read("app/current/app"), "app v1\n");
      assert.equal(await node.read("restarts"), "app v1\n");
    }

    // Half of them can go on: the other half is named, with the reason.
    await desk.run("rm ../store/app-v2.tar.gz");
    await web2.run("mkdir app/releases/v2 && echo app v2 > app/releases/v2/app");
    const half = await desk.run("./rollout.sh v2 web");
    assert.equal(half.code, 1);
    assert.match(
      half.stderr,
      /^Not everybody has v2:\n {2}web-1: v2 failed: cannot fetch it\n$/,
    );
    assert.equal(await web1.read("app/current/app"), "app v1\n");
    assert.equal(await web2.read("app/current/app"), "app v2\n");

    // What is no version never gets further than the handler's first lines.
    await desk.run("serf event deploy '../../etc'");
    const refusals = () =>
      Promise.resolve(web1.agent.output.split("Error invoking script './deploy.sh'").length - 1);
    await eventuallyEqual("the handler refuses", 2, refusals);
    assert.equal(await web1.read("app/current/app"), "app v1\n");
  },
});
