import { beforeEach, describe, expect, test } from "@odoo/hoot";
import {
    click,
    press,
    queryAllAttributes,
    queryAllTexts,
    queryOne,
    queryRect,
    scroll,
    waitFor,
    waitForNone,
} from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import { contains, getService, MockServer, onRpc } from "@web/../tests/web_test_helpers";
import {
    defineCommModels,
    makeFolder,
    makeWindow,
    messageRow,
    mockReading,
    openList,
    withRoles,
} from "@comm_folders/../tests/comm_folders_test_helpers";

describe.current.tags("desktop");
defineCommModels();

const selected = () => queryAllAttributes(".o_comm_message[aria-selected=true]", "data-id").map(Number);
let gone = new Set();
let calls = [];
let answer = () => true;
let pageAnswer = undefined;
let idsAnswer = undefined;
let total = 300;

beforeEach(() => {
    gone = new Set();
    calls = [];
    answer = () => true;
    pageAnswer = undefined;
    idsAnswer = undefined;
    total = 300;
    mockReading();
    onRpc("comm.folder", "get_page", async ({ kwargs }) => {
        await pageAnswer;
        const page = makeWindow({ offset: 0, limit: 500 }, { total });
        const left = page.messages.filter(({ id }) => !gone.has(id));
        const messages = left.slice(kwargs.offset, kwargs.offset + kwargs.limit);
        return { ...page, offset: kwargs.offset, messages, total: left.length };
    });
    onRpc("comm.folder", "get_page_ids", async ({ args: [, offset, limit] }) => {
        await idsAnswer;
        const ids = Array.from({ length: total }, (_, position) => position + 1).filter((id) => !gone.has(id));
        return ids.slice(offset, limit ? offset + limit : undefined);
    });
    onRpc("comm.folder", "change_messages", async ({ args: [, change], kwargs }) => {
        calls.push({ change, ...kwargs });
        await answer();
        const ids = kwargs.ids || [];
        if (["delete", "archive", "move"].includes(change)) {
            ids.forEach((id) => gone.add(id));
        }
        return { count: ids.length || 300 - kwargs.excluded.length, undo_id: 77, counts: {} };
    });
    onRpc("comm.folder", "get_move_targets", () => [
        { id: 12, name: "Alpha", path: "Projects / Alpha", is_shared: false },
        { id: 13, name: "Archive", path: "Archive", is_shared: false },
        { id: 14, name: "Trash", path: "Trash", is_shared: false },
    ]);
    onRpc("comm.message.undo", "undo", ({ args: [[id]] }) => {
        expect.step(`undo ${id}`);
        const { size } = gone;
        gone.clear();
        return size;
    });
});

/** Something changed in the open folder. */
async function tellNews() {
    getService("comm_news").bus.trigger("news", { folderIds: [10] });
    await animationFrame();
    await animationFrame();
}

test("Ctrl picks single rows, Shift a range, and a plain click ends it", async () => {
    await openList(withRoles());
    await contains(messageRow(2)).click({ ctrlKey: true });
    await contains(messageRow(5)).click({ ctrlKey: true });
    expect(selected()).toEqual([2, 5]);
    expect(".o_comm_selected_count").toHaveText("2 selected");
    await contains(messageRow(5)).click({ ctrlKey: true });
    expect(selected()).toEqual([2]);
    await contains(messageRow(2)).click({ ctrlKey: true });
    await contains(messageRow(3)).click();
    await contains(messageRow(6)).click({ shiftKey: true });
    expect(selected()).toEqual([3, 4, 5, 6]);
    await contains(messageRow(1)).click({ shiftKey: true });
    expect(selected()).toEqual([1, 2, 3]);
    await contains(messageRow(1)).click();
    expect(selected()).toEqual([]);
});

test("a range begins at the message that was clicked, wherever that is now", async () => {
    await openList(withRoles());
    await contains(messageRow(4)).click();
    queryOne(`${messageRow(1)} .o_comm_row_action[data-action=delete]`).click();
    await waitFor(".o_notification:contains(Message deleted.)");
    await contains(messageRow(6)).click({ shiftKey: true });
    expect(selected()).toEqual([4, 5, 6]);
    // Taken elsewhere.
    gone.add(2);
    await tellNews();
    await contains(messageRow(5)).click({ shiftKey: true });
    expect(selected()).toEqual([4, 5]);
});

test("of a range that begins far away, where rows came or went since, the server tells", async () => {
    onRpc("comm.message", "search_read", () => [{ id: 3, folder_id: 10 }]);
    await openList(withRoles());
    await contains(messageRow(3)).click();
    await scroll(".o_comm_messages", { top: 200 * 76 });
    await waitFor(messageRow(201));
    gone.add(1);
    await tellNews();
    await contains(messageRow(202)).click({ shiftKey: true });
    await animationFrame();
    expect(".o_comm_selected_count").toHaveText("200 selected");
});

test("where the first message of a range is deleted, the next one takes its place", async () => {
    await openList(withRoles());
    await contains(messageRow(2)).click();
    queryOne(".o_comm_messages").focus();
    await press("Delete");
    await waitFor(".o_notification:contains(Message deleted.)");
    await contains(messageRow(5)).click({ shiftKey: true });
    expect(selected()).toEqual([3, 4, 5]);
});

test("what is deleted elsewhere is not selected any more", async () => {
    await openList(withRoles());
    for (const id of [2, 3, 4]) {
        await contains(messageRow(id)).click({ ctrlKey: true });
    }
    gone.add(2).add(3);
    await tellNews();
    expect(".o_comm_selected_count").toHaveText("1 selected");
    expect(selected()).toEqual([4]);
    gone.add(4);
    await tellNews();
    expect(".o_comm_selected_count").toHaveCount(0);
});

test("Ctrl takes the open message along, as it looks selected", async () => {
    await openList(withRoles());
    await contains(messageRow(2)).click();
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    await contains(messageRow(5)).click({ ctrlKey: true });
    expect(selected()).toEqual([2, 5]);
    await contains(messageRow(2)).click({ ctrlKey: true });
    await contains(messageRow(4)).click({ ctrlKey: true });
    expect(selected()).toEqual([4, 5]);
});

test("a range over rows that are not here is told by the server", async () => {
    await openList(withRoles());
    await contains(messageRow(1)).click();
    await scroll(".o_comm_messages", { top: 200 * 76 });
    await waitFor(messageRow(201));
    await contains(messageRow(202)).click({ shiftKey: true });
    expect(".o_comm_selected_count").toHaveText("202 selected");
});

test("select all is what there was then, but what is taken out again", async () => {
    await openList(withRoles());
    const slow = (idsAnswer = new Deferred());
    await contains(".o_comm_select_all").click();
    expect(".o_comm_selected_count").toHaveText("All 300 selected");
    await contains(messageRow(2)).click({ ctrlKey: true });
    expect(".o_comm_selected_count").toHaveText("299 selected");
    slow.resolve();
    await animationFrame();
    await contains(messageRow(4)).click({ ctrlKey: true });
    expect(".o_comm_selected_count").toHaveText("298 selected");
    // One more comes.
    total = 301;
    await contains(".o_comm_bulk[data-action=flag]").click();
    await animationFrame();
    expect(calls).toHaveLength(1);
    expect(calls[0].change).toBe("flag");
    const ids = Array.from({ length: 300 }, (_, position) => position + 1);
    expect(calls[0].ids).toEqual(ids.filter((id) => id !== 2 && id !== 4));
});

test("until the server has told what all are, the query stands for them", async () => {
    await openList(withRoles());
    idsAnswer = new Deferred();
    await contains(".o_comm_select_all").click();
    await contains(messageRow(2)).click({ ctrlKey: true });
    await contains(".o_comm_bulk[data-action=flag]").click();
    await animationFrame();
    expect(calls[0].excluded).toEqual([2]);
    expect("ids" in calls[0]).toBe(false);
    await press("Escape");
    idsAnswer.resolve();
    await animationFrame();
    expect(selected()).toEqual([]);
});

test("the keyboard selects as well", async () => {
    await openList(withRoles());
    queryOne(".o_comm_messages").focus();
    await press("ArrowDown");
    await press(["shift", "ArrowDown"]);
    await animationFrame();
    expect(selected()).toEqual([2, 3]);
    await press(" ");
    await animationFrame();
    expect(selected()).toEqual([2]);
    await press("Escape");
    await animationFrame();
    expect(selected()).toEqual([]);
    await press(["ctrl", "a"]);
    await animationFrame();
    expect(".o_comm_selected_count").toHaveText("All 300 selected");
    await press("Escape");
    // As well after a click in the tree, where the browser would mark the text of the whole page.
    queryOne(".o_comm_tree [role=treeitem][tabindex='0']").focus();
    await press(["ctrl", "a"]);
    await animationFrame();
    expect(".o_comm_selected_count").toHaveText("All 300 selected");
});

test("deleted rows are gone at once, the next one opens, and Undo brings them back", async () => {
    await openList(withRoles());
    const slow = new Deferred();
    answer = () => slow;
    await contains(messageRow(1)).click();
    await waitFor(".o_comm_message_body:contains(Body of 1)");
    queryOne(".o_comm_messages").focus();
    await press("Delete");
    await animationFrame();
    expect(messageRow(1)).toHaveCount(0);
    expect(".o_comm_list_total").toHaveText("299");
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    slow.resolve();
    await waitFor(".o_notification:contains(Message deleted.)");
    await contains(".o_notification button:contains(Undo)").click();
    await waitFor(messageRow(1));
    expect.verifySteps(["undo 77"]);
});

test("what is told as done gives way to the note that the server cannot be reached, and can be undone still", async () => {
    onRpc("comm.mailbox", "take_back_waiting", () => true);
    await openList(withRoles());
    const tellWaiting = (mailboxId) =>
        MockServer.env["bus.bus"]._sendone("broadcast", "comm_mailboxes/waiting", {
            mailbox_id: mailboxId,
            name: `Mailbox ${mailboxId}`,
            count: 1,
        });
    await contains(messageRow(1)).click();
    await press("Delete");
    await waitFor(".o_notification:contains(Message deleted.)");
    tellWaiting(2);
    await waitFor(".o_comm_waiting:contains(Mailbox 2)");
    expect(".o_notification:contains(Message deleted.)").toHaveCount(1);
    tellWaiting(1);
    await waitFor(".o_comm_waiting:contains(Mailbox 1)");
    await waitForNone(".o_notification:contains(Message deleted.)");
    await press(["ctrl", "z"]);
    await expect.waitForSteps(["undo 77"]);
    await waitFor(messageRow(1));
});

test("a note writes numbers as the list does", async () => {
    onRpc("comm.folder", "change_messages", () => ({ count: 5200, undo_id: 77, counts: {} }));
    await openList(withRoles());
    queryOne(".o_comm_messages").focus();
    await press("Delete");
    await waitFor(".o_notification:contains(5,200 messages deleted.)");
});

test("an Undo that finds nothing any more says so", async () => {
    onRpc("comm.message.undo", "undo", () => 0);
    await openList(withRoles());
    queryOne(".o_comm_messages").focus();
    await press("Delete");
    await waitFor(".o_notification:contains(Message deleted.)");
    await press("z");
    await waitFor(".o_notification:contains(This cannot be undone any more)");
});

test("what is deleted while it is open, but in the list no more, is no news", async () => {
    await openList(withRoles());
    await contains(messageRow(2)).click();
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    gone.add(2);
    await contains(".o_comm_filter[data-filter=unread]").click();
    await waitFor(messageRow(1));
    expect(messageRow(2)).toHaveCount(0);
    queryOne(".o_comm_toolbar .o_comm_delete").click();
    await waitFor(".o_notification:contains(Message deleted.)");
    await animationFrame();
    expect(calls[0].ids).toEqual([2]);
    expect(".o_notification:contains(meanwhile)").toHaveCount(0);
    await waitFor(".o_comm_message_body:contains(Body of 1)");
});

test("u and s go both ways on an open message that the filter left out", async () => {
    await openList(withRoles());
    await contains(messageRow(2)).click();
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    gone.add(2);
    await contains(".o_comm_filter[data-filter=unread]").click();
    await waitFor(messageRow(1));
    queryOne(".o_comm_messages").focus();
    for (const key of ["u", "u", "s", "s"]) {
        await press(key);
        await animationFrame();
    }
    expect(calls.map(({ change, ids }) => [change, ...ids])).toEqual([
        ["seen", 2],
        ["unseen", 2],
        ["flag", 2],
        ["unflag", 2],
    ]);
});

test("Ctrl+Z undoes what a button of the toolbar did, which has the focus then", async () => {
    await openList(withRoles());
    await contains(messageRow(1)).click();
    await waitFor(".o_comm_message_body:contains(Body of 1)");
    queryOne(".o_comm_toolbar .o_comm_delete").focus();
    await press("Enter");
    await waitFor(".o_notification:contains(Message deleted.)");
    expect(".o_comm_toolbar .o_comm_delete").toBeFocused();
    await press(["ctrl", "z"]);
    await expect.waitForSteps(["undo 77"]);
    // Nothing more to undo, and nothing said about it.
    await press(["ctrl", "z"]);
    await animationFrame();
    expect(".o_notification:contains(There is nothing to undo.)").toHaveCount(0);
});

/** Undo at once, and once more, while Odoo has not answered yet. */
async function undoAtOnce(keys) {
    await openList(withRoles());
    const slow = new Deferred();
    answer = () => slow;
    queryOne(".o_comm_messages").focus();
    await press("Delete");
    await press(keys);
    await press(keys);
    await animationFrame();
    expect(messageRow(1)).toHaveCount(0);
    expect.verifySteps([]);
    slow.resolve();
    await expect.waitForSteps(["undo 77"]);
    await waitFor(messageRow(1));
    expect(".o_notification button:contains(Undo)").toHaveCount(0);
}

test("z at once waits until what was done is done, and undoes it then", () => undoAtOnce("z"));

test("Ctrl+Z does so, too", () => undoAtOnce(["ctrl", "z"]));

test("what is refused is not undone, nor is what was done before it", async () => {
    expect.errors(1);
    await openList(withRoles());
    queryOne(".o_comm_messages").focus();
    await press("e");
    await waitFor(".o_notification:contains(Message archived.)");
    const slow = new Deferred();
    answer = () => slow;
    await press("Delete");
    await press("z");
    slow.reject(new Error("refused"));
    await waitFor(messageRow(2));
    await animationFrame();
    expect.verifySteps([]);
    expect.verifyErrors(["refused"]);
});

test("steps are undone one by one, the last one first, in whatever order Odoo answers", async () => {
    const answers = {};
    onRpc("comm.folder", "change_messages", async ({ kwargs: { ids } }) => {
        answers[ids[0]] = new Deferred();
        await answers[ids[0]];
        gone.add(ids[0]);
        return { count: 1, undo_id: 70 + ids[0], counts: {} };
    });
    await openList(withRoles());
    for (const id of [1, 2, 3]) {
        queryOne(`${messageRow(id)} .o_comm_row_action[data-action=delete]`).click();
        await animationFrame();
    }
    for (const id of [3, 1, 2]) {
        answers[id].resolve();
        await animationFrame();
        // What is leaving does not come back in between.
        expect(messageRow(2)).toHaveCount(0);
    }
    // The last answer's, as the notes before made room for it.
    expect(".o_notification").toHaveCount(1);
    queryOne(".o_comm_messages").focus();
    for (const id of [3, 2, 1]) {
        await press("z");
        await expect.waitForSteps([`undo ${id + 70}`]);
    }
    await press("z");
    await animationFrame();
    expect.verifySteps([]);
});

test("what was done is told and can be undone, however long the list takes to be read again", async () => {
    await openList(withRoles());
    pageAnswer = new Deferred();
    queryOne(`${messageRow(3)} .o_comm_row_action[data-action=archive]`).click();
    await waitFor(".o_notification:contains(Message archived.)");
    queryOne(`${messageRow(4)} .o_comm_row_action[data-action=delete]`).click();
    await waitFor(".o_notification:contains(Message deleted.)");
    pageAnswer.resolve();
    await contains(".o_notification:contains(Message deleted.) button:contains(Undo)").click();
    await expect.waitForSteps(["undo 77"]);
});

test("one note at a time tells what was done: it lies over the foot of the tree, and no word of it breaks", async () => {
    await openList(withRoles());
    queryOne(".o_comm_messages").focus();
    await press("e");
    await waitFor(".o_notification:contains(Message archived.)");
    await press("Delete");
    await waitFor(".o_notification:contains(Message deleted.)");
    expect(".o_notification").toHaveCount(1);
    expect(".o_notification:contains(archived)").toHaveCount(0);
    const note = queryRect(".o_notification");
    expect(note.right).toBeLessThan(queryRect(".o_comm_pane_list").left);
    expect(window.innerHeight - note.top).toBeLessThan(
        parseFloat(getComputedStyle(queryOne(".o_comm_pane_tree .o_comm_tree")).paddingBottom)
    );
    queryOne(".o_notification button.btn-link span").textContent = "Rückgängig machen";
    expect(queryRect(".o_notification button.btn-link").height).toBeLessThan(40);
    // What was done before is undone by the key.
    await press("z");
    await press("z");
    await expect.waitForSteps(["undo 77", "undo 77"]);
});

test("of messages that were changed elsewhere, the same note tells", async () => {
    onRpc("comm.folder", "change_messages", () => ({ count: 1, undo_id: 77, counts: {} }));
    await openList(withRoles());
    await contains(messageRow(2)).click({ ctrlKey: true });
    await contains(messageRow(3)).click({ ctrlKey: true });
    await contains(".o_comm_bulk[data-action=archive]").click();
    await waitFor(
        ".o_notification:contains(Message archived. Some messages were changed elsewhere) button:contains(Undo)"
    );
});

test("that the server learns of it later is told with it, and the rows say what waits", async () => {
    onRpc("comm.folder", "change_messages", () => ({ count: 1, undo_id: 77, waits: true, counts: {} }));
    onRpc("comm.folder", "get_page", () => makeWindow({}, { total: 3, values: (id) => ({ is_waiting: id === 2 }) }));
    await openList(withRoles());
    expect(`${messageRow(2)} .o_comm_message_waiting`).toHaveAttribute("title", "Waits for the mail server");
    expect(".o_comm_message_waiting").toHaveCount(1);
    queryOne(`${messageRow(3)} .o_comm_row_action[data-action=archive]`).click();
    await waitFor(
        ".o_notification:contains(Message archived. The mail server cannot be reached) button:contains(Undo)"
    );
});

test("what the server refuses comes back", async () => {
    expect.errors(1);
    answer = () => {
        throw new Error("refused");
    };
    await openList(withRoles());
    await contains(messageRow(3)).click({ ctrlKey: true });
    await contains(".o_comm_bulk[data-action=archive]").click();
    await waitFor(messageRow(3));
    expect(".o_notification:contains(archived)").toHaveCount(0);
    expect.verifyErrors(["refused"]);
});

test("marks show at once and are taken back when the server refuses", async () => {
    expect.errors(1);
    answer = () => {
        throw new Error("refused");
    };
    await openList(withRoles());
    // They show where a mouse is, which not every browser that runs tests has.
    queryOne(`${messageRow(1)} .o_comm_row_action[data-action=seen]`).click();
    await animationFrame();
    await animationFrame();
    expect(".o_comm_message_unread").toHaveCount(0);
    expect(calls[0].change).toBe("unseen");
    expect.verifyErrors(["refused"]);
});

test("of what is flagged, all of it, the flag is taken", async () => {
    await openList(withRoles());
    await contains(messageRow(1)).click({ ctrlKey: true });
    await contains(messageRow(2)).click({ ctrlKey: true });
    await contains(".o_comm_bulk[data-action=flag]").click();
    await contains(".o_comm_bulk[data-action=unflag]").click();
    await contains(messageRow(3)).click({ ctrlKey: true });
    expect(".o_comm_bulk[data-action=flag]").toHaveCount(1);
    expect(calls.map(({ change, ids }) => [change, ids])).toEqual([
        ["flag", [1, 2]],
        ["unflag", [1, 2]],
    ]);
});

test("selected messages are moved to a folder of their mailbox", async () => {
    await openList(withRoles());
    await contains(messageRow(1)).click({ ctrlKey: true });
    await contains(".o_comm_bulk_move").click();
    expect(queryAllTexts(".o_comm_target_name")).toEqual(["Alpha", "Archive", "Trash"]);
    await contains(".o_comm_target:contains(Archive)").click();
    await waitFor(".o_notification:contains(Message moved to “Archive”.)");
    expect(calls[0].target_id).toBe(13);
});

test("what lies in the trash is deleted for good only after a question", async () => {
    await openList(withRoles());
    await contains(".o_comm_tree_row:contains(Trash)").click();
    await waitFor(messageRow(1));
    await animationFrame();
    await click(`${messageRow(1)} .o_comm_avatar`);
    await animationFrame();
    await contains(".o_comm_bulk[data-action=delete]").click();
    await contains(".modal .btn:contains(Cancel), .modal .btn:contains(Discard)").click();
    expect(calls).toEqual([]);
    await contains(".o_comm_bulk[data-action=delete]").click();
    await contains(".modal .btn:contains(Delete)").click();
    await animationFrame();
    expect(calls[0].final).toBe(true);
    expect(calls[0].at_most).toBe(1);
});

const done = () => calls.map(({ change, final }) => [change, final]);

/** Folders whose messages have nowhere to go back from, each with what makes it one. */
const FINAL = {
    "in the trash": { id: 14 },
    "below the trash": { id: 15, parent_id: 14 },
    "in a folder that is gone from the server": { id: 15, is_missing: true },
    "in a folder that is in Odoo alone": { id: 15, is_local: true },
};
for (const [place, values] of Object.entries(FINAL)) {
    test(`the key for deleting asks first ${place}, and says that it is final`, async () => {
        const tree = withRoles();
        if (values.id === 15) {
            tree.folders.push(makeFolder({ name: "Old", ...values }));
        }
        tree.entries.push({ id: 9, scope: "personal", parent_id: false, name: "Here", folder_id: values.id });
        await openList(tree);
        await contains(".o_comm_tree_row:contains(Here)").click();
        await waitFor(messageRow(1));
        await animationFrame();
        await contains(messageRow(1)).click();
        await press("Delete");
        await waitFor(".modal:contains(It cannot be brought back.)");
        expect(done()).toEqual([]);
        expect(messageRow(1)).toHaveCount(1);
        await contains(".modal .btn-primary").click();
        await animationFrame();
        expect(done()).toEqual([["delete", true]]);
    });
}

test("elsewhere the key for deleting moves to the trash, and asks nothing", async () => {
    await openList(withRoles());
    await contains(messageRow(1)).click();
    await press("Delete");
    await animationFrame();
    expect(".modal").toHaveCount(0);
    expect(done()).toEqual([["delete", undefined]]);
});

test("who may only read gets nothing to select or delete with", async () => {
    await openList(withRoles());
    await contains(".o_comm_tree_row:contains(Info)").click();
    await waitFor(messageRow(1));
    await animationFrame();
    expect(".o_comm_select_all").toHaveCount(0);
    expect(".o_comm_row_action").toHaveCount(0);
    queryOne(".o_comm_messages").focus();
    await press("Delete");
    await press(["ctrl", "a"]);
    await animationFrame();
    expect(selected()).toEqual([]);
    expect(calls).toEqual([]);
});
