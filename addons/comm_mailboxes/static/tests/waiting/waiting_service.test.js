import { describe, expect, test } from "@odoo/hoot";
import { waitFor } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, getService, MockServer, mountWebClient, onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailModels();

test("that changes wait for a server is told where the user is, and can be taken back", async () => {
    onRpc("comm.mailbox", "take_back_waiting", ({ args: [ids] }) => {
        expect.step(`take back ${ids}`);
        return true;
    });
    await mountWebClient();
    getService("bus_service").subscribe("comm_mailboxes/waiting", () => expect.step("told"));
    MockServer.env["bus.bus"]._sendone("broadcast", "comm_mailboxes/waiting", {
        mailbox_id: 7,
        name: "Office",
        count: 2,
    });
    await expect.waitForSteps(["told"]);
    await waitFor(".o_comm_waiting:contains(Office):contains(Your 2 changes are kept)");
    await contains(".o_comm_waiting button:contains(Undo)").click();
    await expect.waitForSteps(["take back 7"]);
    await animationFrame();
    expect(".o_comm_waiting").toHaveCount(0);
});
