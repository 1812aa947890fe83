import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { waitFor, waitForNone } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { contains, getService, makeServerError, mockService, onRpc } from "@web/../tests/web_test_helpers";
import {
    defineCommModels,
    makeFolder,
    makeMessage,
    makePage,
    makeTree,
    messageRow,
    mockReading,
    openList,
    openMessage,
    treeRow,
} from "@comm_folders/../tests/comm_folders_test_helpers";
import { serveComposer } from "@comm_folders/../tests/composer/composer_test_helpers";
import { DEFAULTS } from "@comm_folders/settings/settings_service";

describe.current.tags("desktop");
defineCommModels();

let drafts;

beforeEach(() => {
    drafts = [1, 2];
    mockReading();
    onRpc("comm.folder", "get_page", ({ args: [[folderId]] }) =>
        makePage(folderId === 15 ? drafts.map((id) => makeMessage(id, { is_seen: false })) : [makeMessage(9)])
    );
    onRpc("comm.message", "search_read", () => []);
    onRpc("comm.message", "mark_seen", ({ args: [ids] }) => {
        expect.step(`read ${ids}`);
        return true;
    });
    const settings = { ...DEFAULTS, comm_mark_read: "later", comm_mark_read_seconds: 30 };
    mockService("comm_settings", { settings, set: () => {} });
});

/** A draft is open in the preview and, by a double click, in a window to write in. */
async function writeOn(beginning) {
    const tree = makeTree();
    tree.folders.push(makeFolder({ id: 15, name: "Drafts", role: "drafts" }));
    serveComposer({ subject: "Subject 1", email_to: "ben@example.com", ...beginning });
    await openList(tree);
    await contains(treeRow("Drafts")).click();
    await openMessage(1);
    await contains(messageRow(1)).dblclick();
    await waitFor(".o_comm_composer");
    expect.verifySteps(["compose edit 1"]);
}

/** The server side tells that it is gone, which its author knows; and its time to be marked as read passes. */
async function expectNoWord() {
    expect(".o_comm_no_message").toHaveCount(1);
    drafts = [2];
    getService("comm_news").bus.trigger("news", { folderIds: [15] });
    await waitForNone(messageRow(1));
    await animationFrame();
    await advanceTime(31_000);
    expect(".o_notification:contains(meanwhile), .o_notification:contains(any more)").toHaveCount(0);
    expect.verifySteps([]);
}

async function discard() {
    await contains(".o_comm_composer_discard").click();
    await contains(".modal .btn:contains(Discard)").click();
    await animationFrame();
}

test("a draft that its author discards is closed at once, and without a word", async () => {
    await writeOn({ id: 1 });
    await discard();
    await expectNoWord();
});

test("so is one that is sent", async () => {
    onRpc("comm.message", "read", () => []);
    await writeOn({ id: 1 });
    await contains(".o_comm_composer_send").click();
    await animationFrame();
    await expectNoWord();
});

test("so is one of another mail program, once what was written takes its place", async () => {
    await writeOn({ id: false, replaces_id: 1 });
    await contains(".o_comm_composer_subject").edit("Two", { confirm: false });
    expect(".o_comm_message_body").toHaveCount(1);
    await contains(".o_comm_composer_close").click();
    await animationFrame();
    await expectNoWord();
});

test("another message stays open", async () => {
    await writeOn({ id: 1 });
    await openMessage(2);
    await discard();
    expect(".o_comm_message_body").toHaveText(/Body of 2/);
    drafts = [1];
    getService("comm_news").bus.trigger("news", { folderIds: [15] });
    await waitFor(".o_notification:contains(This message is not there any more.)");
});

test("one that cannot be discarded is still in the list", async () => {
    expect.errors(1);
    await writeOn({ id: 1 });
    onRpc("comm.message", "discard_draft", () => {
        throw makeServerError({ message: "This message was sent meanwhile." });
    });
    await discard();
    await waitFor(".modal:contains(This message was sent meanwhile.)");
    expect.verifyErrors(["RPC_ERROR"]);
    expect(messageRow(1)).toHaveCount(1);
    expect(".o_comm_composer").toHaveCount(1);
});

test("one that another window changed is kept, and that is told", async () => {
    await writeOn({ id: 1 });
    onRpc("comm.message", "discard_draft", ({ kwargs: { version, compose_token } }) => {
        expect.step([typeof version, Boolean(compose_token)]);
        return false;
    });
    await discard();
    await waitFor(".o_notification:contains(was changed in another window meanwhile, and is kept.)");
    expect.verifySteps([["number", true]]);
    expect(messageRow(1)).toHaveCount(1);
});
