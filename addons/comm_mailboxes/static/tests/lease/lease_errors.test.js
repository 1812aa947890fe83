import { describe, expect, test } from "@odoo/hoot";
import { waitFor } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { getService, makeServerError, mountWebClient, onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailModels();

test("that a mailbox is being fetched already is told in a note, not as a crash", async () => {
    expect.errors(1);
    onRpc("comm.mailbox", "action_fetch_now", () => {
        throw makeServerError({
            errorName: "odoo.addons.comm_mailboxes.sync.lease.MailboxBusy",
            message: "“Office” is being fetched right now.",
        });
    });
    await mountWebClient();
    Promise.resolve().then(() => getService("orm").call("comm.mailbox", "action_fetch_now", [[7]]));
    await waitFor(".o_notification:contains(“Office” is being fetched right now)");
    expect(".o_dialog").toHaveCount(0);
    expect.verifyErrors(["RPC_ERROR"]);
});
