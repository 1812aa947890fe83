import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { animationFrame, click, waitFor, waitForNone } from "@odoo/hoot-dom";
import { advanceTime, Deferred } from "@odoo/hoot-mock";
import { contains, getService, makeServerError, onRpc } from "@web/../tests/web_test_helpers";
import {
    countsOf,
    defineCommModels,
    makeFolder,
    makeMessage,
    makePage,
    makePreview,
    makeTree,
    messageRow,
    mockReading,
    openList,
    openMessage,
    treeRow,
    withRoles,
} from "@comm_folders/../tests/comm_folders_test_helpers";

describe.current.tags("desktop");
defineCommModels();

let left;
let found;
let tree;

beforeEach(() => {
    left = [1, 2];
    found = [];
    tree = withRoles(makeTree());
    mockReading();
    onRpc("comm.folder", "get_page", ({ args: [[folderId]] }) =>
        makePage(folderId === 10 ? left.map((id) => makeMessage(id)) : [])
    );
    onRpc("comm.message", "search_read", () => found);
});

/** As the server side tells of a change in the open folder. */
async function tellNews(folderIds = [10]) {
    getService("comm_news").bus.trigger("news", { folderIds });
    await animationFrame();
    await animationFrame();
}

test("a message that was deleted elsewhere is closed, and that is told", async () => {
    await openList(tree);
    await openMessage(1);
    left = [2];
    await tellNews();
    await waitFor(".o_notification:contains(This message is not there any more.)");
    expect(".o_comm_no_message").toHaveCount(1);
    expect(messageRow(1)).toHaveCount(0);
});

test("a message that was moved elsewhere is closed, and that is told", async () => {
    await openList(tree);
    await openMessage(1);
    left = [2];
    found = [{ id: 1, folder_id: 13 }];
    await tellNews();
    await waitFor(".o_notification:contains(This message was moved to another folder meanwhile.)");
    expect(".o_comm_message_body").toHaveCount(0);
});

test("one that only the filter leaves out stays open", async () => {
    await openList(tree);
    await openMessage(1);
    left = [2];
    found = [{ id: 1, folder_id: 10 }];
    await tellNews();
    expect(".o_comm_message_body").toHaveText(/Body of 1/);
    expect(".o_notification").toHaveCount(0);
});

test("a folder that was deleted elsewhere makes room for the inbox, and that is told", async () => {
    await openList(tree);
    await contains(treeRow("Archive")).click();
    await waitFor(".o_comm_list_title:contains(Archive)");
    tree.folders = tree.folders.filter(({ id }) => id !== 13);
    // Some folder that is not known yet: the tree is read again.
    await tellNews([13, 99]);
    await waitFor(".o_notification:contains(The folder “Archive” is not there any more.)");
    await waitFor(".o_comm_list_title:contains(Inbox)");
    await waitFor(messageRow(1));
});

test("who was logged out elsewhere, or archived, is asked to log in at once", async () => {
    let asked = 0;
    await openList(tree);
    onRpc("comm.structure.entry", "get_tree", () => {
        asked++;
        return tree;
    });
    // Odoo answers any question with its dialog then; of a connection that only broke, nothing is asked.
    getService("bus_service").trigger("BUS:DISCONNECT", { code: 1006 });
    await animationFrame();
    expect(asked).toBe(0);
    getService("bus_service").trigger("BUS:DISCONNECT", { code: 4001 });
    await animationFrame();
    expect(asked).toBe(1);
});

test("who loses the right to mail as such sees nothing of it any more", async () => {
    await openList(tree);
    onRpc("comm.structure.entry", "get_tree", () => {
        throw makeServerError({ type: "AccessError" });
    });
    getService("comm_news").bus.trigger("news", { folderIds: [], isStructure: true });
    await waitFor(".o_comm_manager_empty");
    expect(".o_comm_tree_row").toHaveCount(0);
});

test("who was taken off a folder sees it go, also the open one, and who is given one sees it come", async () => {
    tree.folders.push(makeFolder({ id: 31, mailbox_id: false, name: "Team", is_local: true }));
    tree.entries.push({ id: 4, scope: "shared", parent_id: false, name: "Team", folder_id: 31 });
    await openList(tree);
    await contains(treeRow("Team")).click();
    await waitFor(".o_comm_list_title:contains(Team)");
    const team = tree.folders.pop();
    const entry = tree.entries.pop();
    getService("comm_news").bus.trigger("news", { folderIds: [], isStructure: true });
    await waitFor(".o_notification:contains(The folder “Team” is not there any more.)");
    await waitFor(".o_comm_list_title:contains(Inbox)");
    expect(treeRow("Team")).toHaveCount(0);
    tree.folders.push({ ...team, can_write: true });
    tree.entries.push(entry);
    getService("comm_news").bus.trigger("news", { folderIds: [], isStructure: true });
    await waitFor(treeRow("Team"));
    expect(".o_comm_list_title").toHaveText("Inbox");
});

test("who is taken off a mailbox whose inbox is open is told of the mailbox: an inbox is still there", async () => {
    await openList(tree);
    await contains(`${treeRow("Inbox")}:last`).click();
    await waitFor(".o_comm_pane_list .small:contains(Info)");
    tree.folders = tree.folders.filter(({ mailbox_id }) => mailbox_id !== 2);
    tree.entries = tree.entries.filter(({ mailbox_id }) => mailbox_id !== 2);
    tree.mailboxes = tree.mailboxes.filter(({ id }) => id !== 2);
    getService("comm_news").bus.trigger("news", { folderIds: [], isStructure: true });
    await waitFor(".o_notification:contains(The mailbox “Info” is not in your folders any more)");
    await waitFor(".o_comm_list_title:contains(Inbox)");
});

test("a right that changed counts at once in the open folder", async () => {
    tree.folders.push(makeFolder({ id: 31, mailbox_id: false, name: "Team", is_local: true }));
    tree.entries.push({ id: 4, scope: "shared", parent_id: false, name: "Team", folder_id: 31 });
    onRpc("comm.folder", "get_page", () => makePage([makeMessage(1)]));
    await openList(tree);
    await contains(treeRow("Team")).click();
    await waitFor(".o_comm_list_title:contains(Team)");
    await waitFor(messageRow(1));
    expect(".o_comm_message[draggable=true]").toHaveCount(0);
    Object.assign(tree.folders.at(-1), { can_write: true });
    getService("comm_news").bus.trigger("news", { folderIds: [], isStructure: true });
    await waitFor(".o_comm_message[draggable=true]");
});

test("a folder of which the server tells nothing any more leaves with the next look", async () => {
    await openList(tree);
    await contains(treeRow("Archive")).click();
    await waitFor(".o_comm_list_title:contains(Archive)");
    onRpc("comm.folder", "get_counts", ({ args: [ids] }) => countsOf(ids.filter((id) => id !== 13)));
    tree.folders = tree.folders.filter(({ id }) => id !== 13);
    await advanceTime(61_000);
    await waitFor(".o_notification:contains(The folder “Archive” is not there any more.)");
    await waitFor(".o_comm_list_title:contains(Inbox)");
});

test("a list that may not be read any more asks for the tree; where the folder is still shown, the reason is told", async () => {
    expect.errors(1);
    await openList(tree);
    let isShown = false;
    onRpc("comm.folder", "get_page", ({ args: [[folderId]] }) => {
        if (folderId === 13) {
            tree.folders = isShown ? tree.folders : tree.folders.filter(({ id }) => id !== 13);
            throw makeServerError({ type: "AccessError", message: "Not yours" });
        }
        return makePage([makeMessage(1)]);
    });
    const { folders } = tree;
    await contains(treeRow("Archive")).click();
    await waitFor(".o_notification:contains(The folder “Archive” is not there any more.)");
    await waitFor(messageRow(1));
    expect(".modal").toHaveCount(0);
    isShown = true;
    tree.folders = folders;
    await tellNews([99]);
    await contains(treeRow("Archive")).click();
    await waitFor(".modal:contains(Not yours)");
    expect.verifyErrors(["RPC_ERROR"]);
});

describe("what was asked about a folder that goes meanwhile is not done to the one that takes its place", () => {
    beforeEach(() => {
        onRpc("comm.folder", "change_messages", ({ args: [[id], change] }) => expect.step(`${change} in ${id}`));
        onRpc("comm.folder", "copy_messages", ({ args: [[id]] }) => expect.step(`copy in ${id}`));
        onRpc("comm.folder", "get_page", ({ args: [[folderId]] }) => makePage([makeMessage(folderId)]));
        onRpc("comm.folder", "get_move_targets", () => [{ id: 12, name: "Alpha", path: "Alpha", is_shared: false }]);
    });

    async function selectAllIn(name, id) {
        await openList(tree);
        await contains(treeRow(name)).click();
        await waitFor(messageRow(id));
        await contains(".o_comm_select_all").click();
    }

    async function takeAway(id) {
        tree.folders = tree.folders.filter((folder) => folder.id !== id);
        await tellNews([99]);
        await waitFor(".o_comm_list_title:contains(Inbox)");
    }

    for (const label of ["Move to…", "Copy to…"]) {
        test(label, async () => {
            await selectAllIn("Archive", 13);
            await click(messageRow(13), { button: 2 });
            await contains(`.o_comm_message_row_menu .o-dropdown-item:contains(${label})`).click();
            await waitFor(".modal .o_comm_target");
            await takeAway(13);
            await contains(".modal .o_comm_target").click();
            await waitFor(".o_notification:contains(The list shows something else meanwhile.)");
            expect.verifySteps([]);
            expect(messageRow(10)).toHaveCount(1);
        });
    }

    test("Delete for good", async () => {
        await selectAllIn("Trash", 14);
        await contains(".o_comm_bulk[data-action=delete]").click();
        await waitFor(".modal:contains(Delete for good?)");
        await takeAway(14);
        await contains(".modal .btn-primary").click();
        await waitFor(".o_notification:contains(The list shows something else meanwhile.)");
        expect(".modal").toHaveCount(0);
        expect.verifySteps([]);
        expect(messageRow(10)).toHaveCount(1);
    });
});

test("an older answer that comes later does not bring the old tree back", async () => {
    await openList(tree);
    const late = new Deferred();
    const old = { ...tree, folders: [...tree.folders] };
    onRpc("comm.structure.entry", "get_tree", () => late);
    await tellNews([98]);
    tree.folders.push(makeFolder({ id: 50, name: "Brand new" }));
    onRpc("comm.structure.entry", "get_tree", () => tree);
    await tellNews([50]);
    await contains(treeRow("Brand new")).click();
    late.resolve(old);
    await animationFrame();
    await animationFrame();
    expect(treeRow("Brand new")).toHaveCount(1);
    expect(".o_comm_list_title").toHaveText("Brand new");
    expect(".o_notification").toHaveCount(0);
});

test("a list whose folder is gone asks for the tree, and shows no error", async () => {
    await openList(tree);
    onRpc("comm.folder", "get_page", ({ args: [[folderId]] }) => {
        if (folderId === 13) {
            tree.folders = tree.folders.filter(({ id }) => id !== 13);
            throw makeServerError({ type: "MissingError", message: "Record does not exist" });
        }
        return makePage([makeMessage(1)]);
    });
    await contains(treeRow("Archive")).click();
    await waitFor(".o_notification:contains(The folder “Archive” is not there any more.)");
    await waitFor(messageRow(1));
    expect(".modal").toHaveCount(0);
});

test("what was moved while the mail server is gone is back, and read again", async () => {
    expect.errors(1);
    onRpc("comm.folder", "change_messages", () => {
        throw makeServerError({ message: "The server cannot be reached." });
    });
    await openList(tree);
    await openMessage(1);
    await contains(".o_comm_toolbar .o_comm_archive").click();
    await waitFor(".modal:contains(The server cannot be reached.)");
    expect.verifyErrors(["RPC_ERROR"]);
    expect(messageRow(1)).toHaveCount(1);
    await waitFor(".o_comm_message_body:contains(Body of 1)");
    expect(messageRow(1)).toHaveClass("o_comm_message_open");
});

/** Whether Odoo can be reached. Its own code asks for the version now and then, while it cannot. */
function mockConnection(methods) {
    const connection = { isUp: true };
    const answer = () => {
        throw new Error("Nobody answers");
    };
    for (const [path, result] of Object.entries(methods)) {
        onRpc(
            path,
            async (request) => {
                const { id, params } = await request.json();
                return connection.isUp ? { id, jsonrpc: "2.0", result: result(params) } : answer();
            },
            { pure: true }
        );
    }
    return connection;
}

test("what was moved while Odoo itself is gone is back, told, and read again when Odoo is there again", async () => {
    expect.errors(2);
    const connection = mockConnection({
        "/web/webclient/version_info": () => ({}),
        "/web/dataset/call_kw/comm.folder/get_page": () => makePage(left.map((id) => makeMessage(id))),
        "/web/dataset/call_kw/comm.folder/change_messages": () => ({ count: 1, undo_id: 1, counts: {} }),
        "/web/dataset/call_kw/comm.message/web_read": ({ args: [[id]] }) => [makePreview(id)],
    });
    await openList(tree);
    await openMessage(1);
    connection.isUp = false;
    await contains(".o_comm_toolbar .o_comm_archive").click();
    await waitFor(".o_notification:contains(Odoo cannot be reached. What you did was taken back.)");
    expect(messageRow(1)).toHaveCount(1);
    expect(messageRow(1)).toHaveClass("o_comm_message_open");
    // No sign that goes on for ever, but one that says what is the matter.
    await waitFor(".o_comm_message_failed button:contains(Try again)");
    // It was done all the same, only the answer got lost.
    left = [2];
    connection.isUp = true;
    await advanceTime(3000);
    await waitForNone(messageRow(1));
    await waitForNone(".o_comm_message_failed");
    expect.verifyErrors(Array(2).fill(/established or was interrupted/));
});

test("a message that cannot be read says so, and can be read again", async () => {
    expect.errors(1);
    let isBroken = true;
    onRpc("comm.message", "web_read", ({ args: [[id]] }) => {
        if (isBroken && id === 2) {
            throw makeServerError({ message: "Broken" });
        }
        return [makePreview(id)];
    });
    await openList(tree);
    await openMessage(1);
    await contains(messageRow(2)).click();
    await waitFor(".o_comm_message_failed");
    expect.verifyErrors(["RPC_ERROR"]);
    await contains(".modal .btn:contains(Close)").click();
    isBroken = false;
    await contains(".o_comm_message_failed button").click();
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    expect(".o_comm_message_failed").toHaveCount(0);
});

test("who comes back to the Manager has the keyboard in the list", async () => {
    await openList(tree);
    await openMessage(1);
    await getService("action").doAction({ type: "ir.actions.client", tag: "comm_folders.manager", name: "Other" });
    await contains(".o_breadcrumb a, .o_back_button").click();
    await waitFor(".o_comm_message_open");
    expect(".o_comm_pane_list :focus, .o_comm_message_list:focus").toHaveCount(1);
});
