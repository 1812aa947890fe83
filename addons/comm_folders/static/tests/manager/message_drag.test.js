import { beforeEach, describe, expect, test } from "@odoo/hoot";
import {
    advanceTime,
    animationFrame,
    manuallyDispatchProgrammaticEvent,
    queryAll,
    queryAllTexts,
    queryOne,
    waitFor,
} from "@odoo/hoot-dom";
import { Deferred } from "@odoo/hoot-mock";
import { contains, makeServerError, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import {
    defineCommModels,
    makeFolder,
    makeMessage,
    makePage,
    makePlace,
    makeTree,
    messageRow,
    openManager,
    treeRow,
} from "@comm_folders/../tests/comm_folders_test_helpers";
import { MessageChanges } from "@comm_folders/manager/message_changes";

describe.current.tags("desktop");
defineCommModels();

let tree;

beforeEach(() => {
    tree = makeTree();
    tree.folders.push(
        makeFolder({ id: 13, name: "Trash", role: "trash" }),
        makeFolder({ id: 14, name: "Gone", is_missing: true }),
        makeFolder({ id: 15, name: "Shell", is_selectable: false }),
        makeFolder({ id: 16, name: "Outbox", is_local: true, role: "outbox" }),
        makeFolder({ id: 31, mailbox_id: false, name: "Team", is_local: true })
    );
    tree.entries.push({ id: 4, scope: "shared", parent_id: false, name: "Team", folder_id: 31 });
    onRpc("comm.folder", "get_page", ({ args: [[folderId]] }) =>
        makePage(folderId === 10 ? [1, 2, 3].map((id) => makeMessage(id)) : [])
    );
});

async function drag(id) {
    return contains(messageRow(id)).drag({ dataTransfer: new DataTransfer() });
}

async function over(helpers, name) {
    await helpers.moveTo(treeRow(name));
    await animationFrame();
}

test("a message goes into a folder, also one made by hand, and can be brought back", async () => {
    onRpc("comm.folder", "change_messages", ({ args, kwargs }) => {
        expect.step([...args, kwargs.ids, kwargs.target_id]);
        return { count: 1, undo_id: 5, counts: { 30: { message_count: 1, unread_count: 0 } } };
    });
    onRpc("comm.message.undo", "undo", ({ args }) => {
        expect.step(["undo", ...args]);
        return 1;
    });
    await openManager(tree);
    await waitFor(messageRow(2));
    const helpers = await drag(2);
    await over(helpers, "Later");
    expect(`${treeRow("Later")}.o_comm_drop_into`).toHaveCount(1);
    await helpers.drop();
    await expect.waitForSteps([[[10], "move", [2], 30]]);
    await contains(".o_notification:contains(Message moved to “Later”.) button:contains(Undo)").click();
    await expect.waitForSteps([["undo", [5]]]);
});

test("a row of the selection takes all of it along, another one goes alone", async () => {
    onRpc("comm.folder", "change_messages", ({ kwargs }) => {
        expect.step(kwargs.ids);
        return { count: kwargs.ids.length, undo_id: false, counts: {} };
    });
    await openManager(tree);
    await waitFor(messageRow(2));
    await contains(messageRow(1)).click({ ctrlKey: true });
    await contains(messageRow(3)).click({ ctrlKey: true });
    let helpers = await drag(2);
    await over(helpers, "Trash");
    await helpers.drop();
    await expect.waitForSteps([[2]]);

    await contains(messageRow(1)).click({ ctrlKey: true });
    await contains(messageRow(3)).click({ ctrlKey: true });
    helpers = await drag(3);
    await over(helpers, "Trash");
    await helpers.drop();
    await expect.waitForSteps([[1, 3]]);
});

test("beside the pointer the number stands as the list writes it", async () => {
    patchWithCleanup(MessageChanges.prototype, { countOf: () => 5200 });
    patchWithCleanup(DataTransfer.prototype, { setDragImage: ({ textContent }) => expect.step(textContent) });
    const helpers = await openAndDrag();
    expect.verifySteps(["5,200 messages"]);
    await letGo(helpers);
});

async function openAndDrag() {
    await openManager(tree);
    await waitFor(messageRow(2));
    return drag(2);
}

// What can be dropped nowhere, the browser drops nowhere: it leaves the row and ends.
async function letGo(helpers) {
    for (const row of queryAll(".o_comm_drop_refused")) {
        await manuallyDispatchProgrammaticEvent(row, "dragleave");
    }
    await manuallyDispatchProgrammaticEvent(queryOne(messageRow(2)), "dragend");
    await helpers.cancel();
    await animationFrame();
}

for (const [name, row, reason] of [
    [
        "a folder that holds folders only",
        treeRow("Projects"),
        "“Projects” holds folders only. Choose one of those below it.",
    ],
    ["one that holds nothing", treeRow("Shell"), "“Shell” holds no mail. Choose another folder."],
    ["one that is gone", treeRow("Gone"), "“Gone” is gone from the server. Choose another folder."],
    [
        "another mailbox",
        treeRow("Info"),
        "“Info” is of another mailbox. Choose a folder of the same mailbox, or one made by hand.",
    ],
    ["one where the user may not write", treeRow("Team"), "You may only read “Team”. Choose another folder."],
    ["the outbox", treeRow("Outbox"), "No mail can be put into “Outbox”. Choose another folder."],
]) {
    test(`${name} cannot take it: that is shown, and told who lets go there`, async () => {
        const helpers = await openAndDrag();
        await helpers.moveTo(row);
        await animationFrame();
        expect(`${row}.o_comm_drop_refused`).toHaveCount(1);
        expect(".o_comm_drop_into").toHaveCount(0);
        expect(".o_notification").toHaveCount(0);
        await letGo(helpers);
        expect(queryAllTexts(".o_notification_content")).toEqual([reason]);
        expect(".o_comm_drop_refused").toHaveCount(0);
        expect(messageRow(2)).toHaveCount(1);
    });
}

test("where it lies already, on a heading, and beside the tree nothing is told", async () => {
    await openManager(tree);
    await waitFor(messageRow(2));
    for (const row of [".o_comm_tree_row:contains(Inbox):eq(0)", treeRow("My folders")]) {
        const helpers = await drag(2);
        await helpers.moveTo(row);
        await animationFrame();
        expect(".o_comm_drop_refused").toHaveCount(1);
        await letGo(helpers);
    }
    const helpers = await drag(2);
    await over(helpers, "Projects");
    await helpers.moveTo(messageRow(3));
    await letGo(helpers);
    expect(".o_notification").toHaveCount(0);
});

test("what is in Odoo alone is moved to a server, and not copied", async () => {
    onRpc("comm.folder", "get_page", ({ args: [[folderId]] }) => makePage(folderId === 30 ? [makeMessage(2)] : []));
    await openManager(tree);
    await contains(treeRow("Later")).click();
    await waitFor(messageRow(2));
    const helpers = await drag(2);
    await over(helpers, "Trash");
    expect(`${treeRow("Trash")}.o_comm_drop_into`).toHaveCount(1);
    await manuallyDispatchProgrammaticEvent(queryOne(treeRow("Trash")), "dragover", { ctrlKey: true });
    await animationFrame();
    expect(`${treeRow("Trash")}.o_comm_drop_refused`).toHaveCount(1);
    await letGo(helpers);
    expect(".o_notification_content").toHaveText(
        "What is in Odoo alone cannot be copied to a mail server. Move it, or choose a folder made by hand."
    );
});

test("with Ctrl it is copied and stays", async () => {
    onRpc("comm.folder", "copy_messages", ({ args, kwargs }) => {
        expect.step([...args, kwargs.ids]);
        return { count: 1, counts: { 30: { message_count: 4, unread_count: 4 } } };
    });
    await openManager(tree);
    await waitFor(messageRow(2));
    const helpers = await drag(2);
    await over(helpers, "Later");
    // Hoot's own drags know no keys.
    await manuallyDispatchProgrammaticEvent(queryOne(treeRow("Later")), "drop", { ctrlKey: true });
    await expect.waitForSteps([[[10], 30, [2]]]);
    await waitFor(".o_notification:contains(Message copied to “Later”.)");
    await helpers.cancel();
    expect(messageRow(2)).toHaveCount(1);
    expect(queryAllTexts(`${treeRow("Later")} .o_comm_tree_unread`)).toEqual(["4"]);
});

describe("into a folder of the shared structure", () => {
    beforeEach(() => {
        tree.folders.find(({ id }) => id === 31).can_write = true;
        onRpc("comm.folder", "change_messages", ({ kwargs }) => {
            expect.step(["move", kwargs.ids, kwargs.target_id]);
            return { count: 1, undo_id: 5, counts: { 31: { message_count: 1, unread_count: 0 } } };
        });
        onRpc("comm.folder", "copy_messages", ({ args, kwargs }) => {
            expect.step(["copy", kwargs.ids, args[1]]);
            return { count: 1, counts: {} };
        });
    });

    async function dropOnShared(readers, { ctrlKey = false } = {}) {
        const answer = new Deferred();
        onRpc("comm.folder", "get_new_readers", ({ args, kwargs }) => {
            expect.step(["ask", ...args, kwargs.ids]);
            return answer;
        });
        await openManager(tree);
        await waitFor(messageRow(2));
        const helpers = await drag(2);
        await over(helpers, "Team");
        expect(`${treeRow("Team")}.o_comm_drop_into`).toHaveCount(1);
        if (ctrlKey) {
            await manuallyDispatchProgrammaticEvent(queryOne(treeRow("Team")), "drop", { ctrlKey });
            // Before there is a question: it ends by Escape.
            await helpers.cancel();
        } else {
            await helpers.drop();
        }
        await expect.waitForSteps([["ask", [10], 31, [2]]]);
        answer.resolve(readers);
    }

    test("who writes there is told who will read it, and decides", async () => {
        await dropOnShared(["Ben", "Front desk (4)"]);
        await waitFor(".modal");
        expect(".modal-body").toHaveText("In “Team” it can also be read by: Ben and Front desk (4).");
        expect(messageRow(2)).toHaveCount(1);
        await contains(".modal .btn-primary:contains(Move)").click();
        await expect.waitForSteps([["move", [2], 31]]);
        await waitFor(".o_notification:contains(Message moved to “Team”.)");
    });

    test("who thinks better of it leaves the message where it is", async () => {
        await dropOnShared(["Ben"]);
        await contains(".modal .btn-secondary:contains(Cancel)").click();
        await animationFrame();
        expect(".modal").toHaveCount(0);
        expect(messageRow(2)).toHaveCount(1);
        expect.verifySteps([]);
    });

    test("a copy is asked for, too", async () => {
        await dropOnShared(["Ben"], { ctrlKey: true });
        await contains(".modal .btn-primary:contains(Copy)").click();
        await expect.waitForSteps([["copy", [2], 31]]);
    });

    test("where nobody new reads it, nobody is asked", async () => {
        await dropOnShared([]);
        await expect.waitForSteps([["move", [2], 31]]);
        expect(".modal").toHaveCount(0);
    });
});

test("who may only read a folder of the shared structure drags nothing out of it", async () => {
    onRpc("comm.folder", "get_page", ({ args: [[folderId]] }) => makePage(folderId === 31 ? [makeMessage(9)] : []));
    await openManager(tree);
    await contains(treeRow("Team")).click();
    await waitFor(messageRow(9));
    expect(".o_comm_message[draggable=true]").toHaveCount(0);
    expect(".o_comm_row_actions").toHaveCount(0);
});

test("what a search found elsewhere is copied from there", async () => {
    onRpc("comm.folder", "copy_messages", ({ kwargs: { ids, scope, search } }) => {
        expect.step([ids, scope, search]);
        return { count: 1, counts: {} };
    });
    onRpc("comm.folder", "get_page", () => ({
        ...makePage([makeMessage(7, { folder_id: 12 })]),
        places: { 12: makePlace({ folderId: 12, name: "Office / Alpha" }) },
    }));
    await openManager(tree);
    await contains(".o_comm_search_input").edit("x", { confirm: "enter" });
    await contains(".o_comm_scope[data-scope=everywhere]").click();
    await waitFor(`${messageRow(7)} .o_comm_message_folder`);
    const helpers = await drag(7);
    await over(helpers, "Later");
    await manuallyDispatchProgrammaticEvent(queryOne(treeRow("Later")), "drop", { ctrlKey: true });
    await expect.waitForSteps([[[7], "everywhere", "x"]]);
    await helpers.cancel();
});

test("what a search found in another mailbox cannot be dropped there", async () => {
    await openManager(tree);
    onRpc("comm.folder", "get_page", () => ({
        ...makePage([makeMessage(2, { folder_id: 20 })]),
        places: { 20: makePlace({ folderId: 20, mailboxId: 2, name: "Info / Inbox" }) },
    }));
    await contains(".o_comm_search_input").edit("x", { confirm: false });
    await advanceTime(300);
    await contains(".o_comm_scope[data-scope=everywhere]").click();
    await waitFor(".o_comm_message_folder");
    const helpers = await drag(2);
    await over(helpers, "Trash");
    expect(`${treeRow("Trash")}.o_comm_drop_refused`).toHaveCount(1);
    await letGo(helpers);
    await waitFor(".o_notification:contains(“Trash” is of another mailbox.)");
});

test("a refusal brings the message back and says why", async () => {
    expect.errors(1);
    onRpc("comm.folder", "change_messages", () => {
        throw makeServerError({ message: "The server cannot be reached." });
    });
    await openManager(tree);
    await waitFor(messageRow(2));
    const helpers = await drag(2);
    await over(helpers, "Later");
    await helpers.drop();
    await waitFor(".modal:contains(The server cannot be reached.)");
    expect.verifyErrors(["RPC_ERROR"]);
    await advanceTime(500);
    expect(messageRow(2)).toHaveCount(1);
});

test("who may only read drags nothing", async () => {
    tree.mailboxes[0].can_write = false;
    await openManager(tree);
    await waitFor(messageRow(2));
    expect(".o_comm_message[draggable=true]").toHaveCount(0);
});
