import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { press, queryAllTexts, resize, waitFor, waitForNone } from "@odoo/hoot-dom";
import { contains, getService, mockService, onRpc } from "@web/../tests/web_test_helpers";
import {
    defineCommModels,
    makeFolder,
    makeMessage,
    makePage,
    makeTree,
    messageRow,
    mockReading,
    openManager,
    treeRow,
} from "@comm_folders/../tests/comm_folders_test_helpers";

describe.current.tags("desktop");
defineCommModels();

const GONE = "Gone from the server. What Odoo holds of it is kept.";
const DIALOG = { type: "ir.actions.act_window", res_model: "comm.folder.delete", res_id: 5 };
let messages = [];
let tree;

/** @param {Object} values of the folder "Past" */
function makePast(values) {
    tree.folders = [...makeTree().folders, makeFolder({ id: 15, name: "Past", ...values })];
}

beforeEach(() => {
    messages = [];
    tree = makeTree();
    makePast({ is_missing: true, can_delete_here: true });
    mockReading();
    onRpc("comm.folder", "get_page", () => makePage(messages));
    onRpc("comm.folder", "action_delete_here", ({ args: [[id]] }) => {
        expect.step(`ask for ${id}`);
        return DIALOG;
    });
});

async function openPast() {
    await openManager(tree);
    await contains(treeRow("Past")).click();
    await waitFor(".o_comm_list_title:contains(Past)");
}

async function menuOf(name) {
    await contains(`${treeRow(name)} .o_comm_tree_menu`).click();
    await waitFor(".o_comm_folder_tree_menu .o-dropdown-item");
    return queryAllTexts(".o_comm_folder_tree_menu .o-dropdown-item");
}

test("it is deleted here from its menu and from its list, as the form of the mailbox does", async () => {
    await openPast();
    const { doAction } = getService("action");
    mockService("action", {
        doAction: (action, ...rest) =>
            action.res_model === DIALOG.res_model
                ? expect.step([action.res_id, ...action.views])
                : doAction(action, ...rest),
    });
    expect(await menuOf("Past")).toEqual(["Mark all read", "Delete here", "Properties"]);
    await contains(".o-dropdown-item:contains(Delete here)").click();
    await expect.waitForSteps(["ask for 15", [5, [false, "form"]]]);
    await contains(".o_comm_list_gone button:contains(Delete here)").click();
    await expect.waitForSteps(["ask for 15", [5, [false, "form"]]]);
});

test("who may not edit the mailbox is not offered that", async () => {
    makePast({ is_missing: true, can_delete_here: false });
    await openPast();
    expect(await menuOf("Past")).toEqual(["Mark all read", "Properties"]);
    expect(".o_comm_list_gone").toHaveText(GONE);
    expect(".o_comm_list_gone button").toHaveCount(0);
});

test("that it is gone is told while it is open, and nothing is to be fetched", async () => {
    makePast({});
    await openPast();
    expect(".o_comm_list_gone").toHaveCount(0);
    expect(".o_comm_fetch").toHaveCount(1);
    makePast({ is_missing: true });
    getService("comm_news").bus.trigger("news", { folderIds: [15], isStructure: true });
    await waitFor(`.o_comm_list_gone:contains(${GONE})`);
    expect(".o_comm_fetch").toHaveCount(0);
    expect(".o_comm_empty").toHaveText("No messages here");
    await resize({ width: 380, height: 700 });
    await waitFor(".o_comm_small_toolbar");
    expect(".o_comm_list_gone_text").toBeVisible();
    await contains(".o_comm_back").click();
    await contains(treeRow("Inbox")).click();
    await waitForNone(".o_comm_list_gone");
    expect(".o_comm_fetch").toHaveCount(1);
});

test("deleting a message there is no matter of the mail server", async () => {
    messages = [makeMessage(1), makeMessage(2)];
    await openPast();
    await contains(messageRow(1)).click();
    await press("Delete");
    await waitFor(".modal:contains(This message is in Odoo only. Deleted here, it cannot be brought back.)");
});

test("nothing is fetched into the outbox of an outgoing mailbox", async () => {
    tree.mailboxes[0].kind = "smtp";
    makePast({ is_local: true });
    await openPast();
    expect(".o_comm_fetch").toHaveCount(0);
    expect(".o_comm_empty").toHaveText("No messages here");
});
