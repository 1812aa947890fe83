import { beforeEach, describe, expect, test } from "@odoo/hoot";
import {
    click,
    manuallyDispatchProgrammaticEvent,
    press,
    queryAllAttributes,
    queryAllTexts,
    queryOne,
    waitFor,
    waitForNone,
} from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { contains, getService, mockService, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import {
    defineCommModels,
    makeFolder,
    makeMessage,
    makePage,
    makePlace,
    makeTree,
    messageRow,
    mockReading,
    openList,
    treeRow,
    withRoles,
} from "@comm_folders/../tests/comm_folders_test_helpers";

describe.current.tags("desktop");
defineCommModels();

const MENU = ".o_comm_message_row_menu";
const item = (label) => `${MENU} .o-dropdown-item:contains(${label})`;
const named = (name) => `${MENU} [data-name=${name}]`;
const marked = () => queryAllAttributes(".o_comm_message_of_menu", "data-id").map(Number);
const selected = () => queryAllAttributes(".o_comm_message[aria-selected=true]", "data-id").map(Number);
let rows;
let places;

beforeEach(() => {
    rows = [1, 2, 3].map((id) => makeMessage(id));
    places = {};
    mockReading();
    mockService("comm_composer", {
        open: ({ mode = "new", messageId = "" } = {}) => expect.step(`${mode} ${messageId}`.trim()),
    });
    patchWithCleanup(browser, { open: (url) => expect.step(`open ${url}`) });
    onRpc("comm.folder", "get_page", () => ({ ...makePage(rows), places }));
    onRpc("comm.folder", "change_messages", ({ args: [, change], kwargs: { ids } }) => {
        expect.step([change, ids]);
        return { count: ids.length, undo_id: 9, counts: {} };
    });
});

function tree() {
    const all = withRoles(makeTree());
    all.folders.push(makeFolder({ id: 15, name: "Junk", role: "junk" }));
    return all;
}

async function closeMenu() {
    await press("Escape");
    await waitForNone(MENU);
}

async function openMenu(id) {
    await click(messageRow(id), { button: 2 });
    await waitFor(`${MENU} .o-dropdown-item`);
}

const offered = () => queryAllTexts(item(""));

test("a row offers what can be done with its message, and is marked meanwhile", async () => {
    await openList(tree());
    await openMenu(2);
    expect(offered()).toEqual([
        "Open",
        "Reply",
        "Reply all",
        "Forward",
        "Mark as unread",
        "Flag",
        "Archive",
        "Move to…",
        "Copy to…",
        "Spam",
        "Delete",
        "Link to…",
        "Print",
        "Save as .eml file",
        "Show all headers",
        "Show source",
    ]);
    expect(`${MENU} [role=separator]`).toHaveCount(4);
    expect(marked()).toEqual([2]);
    await contains(item("Reply all")).click();
    expect.verifySteps(["reply_all 2"]);
    expect(MENU).toHaveCount(0);
    await openMenu(3);
    expect(marked()).toEqual([3]);
    await contains(item("Show source")).click();
    expect.verifySteps(["open /comm_mailboxes/message/3/source"]);
    await openMenu(3);
    await contains(item("Open")).click();
    await waitFor(".o_comm_message_body:contains(Body of 3)");
    expect(selected()).toEqual([]);
    // What is open stays what keys and buttons are about.
    await openMenu(1);
    expect(marked()).toEqual([1]);
    await closeMenu();
    expect(marked()).toEqual([]);
    await press("r");
    expect.verifySteps(["reply 3"]);
});

test("on a row of the selection it is about all of it, elsewhere about that row alone", async () => {
    rows[0].is_seen = false;
    await openList(tree());
    await contains(messageRow(1)).click({ ctrlKey: true });
    await contains(messageRow(3)).click({ ctrlKey: true });
    await openMenu(3);
    expect(selected()).toEqual([1, 3]);
    expect(offered()).toEqual([
        "Mark as read",
        "Flag",
        "Archive",
        "Move to…",
        "Copy to…",
        "Spam",
        "Delete",
        "Link to…",
    ]);
    await contains(item("Mark as read")).click();
    await expect.waitForSteps([["seen", [1, 3]]]);
    await openMenu(2);
    expect(marked()).toEqual([2]);
    await contains(item("Archive")).click();
    await expect.waitForSteps([["archive", [2]]]);
    await contains(".o_comm_select_all").click();
    await contains(messageRow(2)).click({ ctrlKey: true });
    await openMenu(3);
    await contains(item("Flag")).click();
    await expect.waitForSteps([["flag", [1, 3]]]);
});

test("what has the mark already offers to take it away", async () => {
    Object.assign(rows[1], { is_flagged: true, is_seen: false });
    await openList(tree());
    await openMenu(2);
    expect(offered()).toInclude("Mark as read");
    await contains(item("Remove the flag")).click();
    await expect.waitForSteps([["unflag", [2]]]);
});

test("who may only read gets what reading needs, of the row at the mouse", async () => {
    await openList(tree());
    await contains(treeRow("Info")).click();
    await waitFor(messageRow(2));
    await openMenu(2);
    expect(selected()).toEqual([]);
    expect(offered()).toEqual([
        "Open",
        "Reply",
        "Reply all",
        "Forward",
        "Print",
        "Save as .eml file",
        "Show all headers",
        "Show source",
    ]);
    await contains(item("Forward")).click();
    expect.verifySteps(["forward 2"]);
});

test("spam is cleared by the menu and by the key, and nothing is reported twice", async () => {
    await openList(tree());
    await contains(treeRow("Junk")).click();
    await waitFor(".o_comm_list_title:contains(Junk)");
    await waitFor(messageRow(1));
    expect(".o_comm_toolbar .o_comm_spam").toHaveCount(0);
    expect(".o_comm_toolbar .o_comm_not_spam").toHaveCount(1);
    await openMenu(1);
    expect(offered()).not.toInclude("Spam");
    await contains(item("Not spam")).click();
    await expect.waitForSteps([["not_spam", [1]]]);
    await waitFor(".o_notification:contains(Message moved to the inbox.)");
    queryOne(".o_comm_messages").focus();
    await press("!");
    await expect.waitForSteps([["not_spam", [1]]]);
});

test("what lies in the trash is deleted for good, and says so", async () => {
    await openList(tree());
    await contains(treeRow("Trash")).click();
    await waitFor(".o_comm_list_title:contains(Trash)");
    await waitFor(messageRow(1));
    await openMenu(1);
    await contains(item("Delete for good")).click();
    await contains(".modal .btn:contains(Delete)").click();
    await expect.waitForSteps([["delete", [1]]]);
});

test("drafts are written on, what has not left yet is not answered", async () => {
    Object.assign(rows[0], { outgoing_state: "draft" });
    Object.assign(rows[1], { outgoing_state: "queued" });
    await openList(tree());
    await openMenu(1);
    expect(offered().slice(0, 2)).toEqual(["Edit draft", "Mark as unread"]);
    await contains(item("Edit draft")).click();
    expect.verifySteps(["draft 1"]);
    await openMenu(2);
    expect(offered().slice(0, 2)).toEqual(["Open", "Mark as unread"]);
});

test("it copies into a folder that is asked for, and what was copied stays", async () => {
    onRpc("comm.folder", "get_move_targets", ({ args, kwargs: { is_copy } }) => {
        expect.step([...args, is_copy]);
        return [{ id: 12, name: "Alpha", path: "Projects / Alpha", is_shared: false }];
    });
    onRpc("comm.folder", "copy_messages", ({ args, kwargs: { ids } }) => {
        expect.step([...args, ids]);
        return { count: 1, counts: { 12: { message_count: 7, unread_count: 7 } } };
    });
    await openList(tree());
    await openMenu(2);
    await contains(item("Copy to…")).click();
    await waitFor(".modal .o_comm_move_dialog");
    expect(".modal-title").toHaveText("Copy to folder");
    expect(".modal .btn-primary").toHaveText("Copy");
    await press("Enter");
    await waitFor(".o_notification:contains(Message copied to “Alpha”.)");
    expect.verifySteps([
        [[10], true],
        [[10], 12, [2]],
    ]);
    expect(messageRow(2)).toHaveCount(1);
    await openMenu(2);
    await contains(item("Move to…")).click();
    await waitFor(".modal .o_comm_move_dialog");
    expect(".modal-title").toHaveText("Move to folder");
    expect.verifySteps([[[10], false]]);
    await contains(".modal .o_comm_target").click();
    await expect.waitForSteps([["move", [2]]]);
});

test("what a search found elsewhere is treated as its own place says", async () => {
    rows = [
        makeMessage(7, { folder_id: 70, outgoing_state: false }),
        makeMessage(8, { folder_id: 80, outgoing_state: false }),
        makeMessage(9, { folder_id: 90, outgoing_state: false }),
    ];
    places = {
        70: makePlace({ folderId: 70, mailboxId: 5, role: "junk", roles: ["inbox"] }),
        80: makePlace({ folderId: 80, mailboxId: 6, role: "inbox", canWrite: false }),
        90: makePlace({ folderId: 90, mailboxId: 5, role: "drafts" }),
    };
    await openList(tree());
    await contains(".o_comm_search_input").edit("x", { confirm: "enter" });
    await contains(".o_comm_scope[data-scope=everywhere]").click();
    await waitFor(messageRow(9));
    await animationFrame();
    await openMenu(7);
    expect(offered()).toInclude("Not spam");
    expect(offered()).not.toInclude("Archive");
    await closeMenu();
    await openMenu(8);
    expect(offered()).not.toInclude("Delete");
    await closeMenu();
    await openMenu(9);
    expect(offered()[0]).toBe("Edit draft");
});

test("the menu key opens it on the row at the cursor; arrows, Enter and Escape are the menu's", async () => {
    await openList(tree());
    queryOne(".o_comm_messages").focus();
    await press("j");
    await press(["shift", "F10"]);
    await waitFor(`${MENU} .o-dropdown-item`);
    expect(marked()).toEqual([2]);
    expect(`${MENU} .o-dropdown-item:first`).toBeFocused();
    await press("ArrowDown");
    await animationFrame();
    expect(named("reply")).toBeFocused();
    await closeMenu();
    expect(".o_comm_messages").toBeFocused();
    expect(marked()).toEqual([]);
    await press("ContextMenu");
    await waitFor(`${MENU} .o-dropdown-item`);
    await press("ArrowDown");
    await animationFrame();
    await press("Enter");
    await expect.waitForSteps(["reply 2"]);
    await waitForNone(MENU);
});

test("letters are none of the Manager's while it is open, and the browser's own menu stays away", async () => {
    await openList(tree());
    await openMenu(2);
    expect(MENU).toBeFocused();
    await press("Delete");
    await press("e");
    expect.verifySteps([]);
    const [byKey] = await manuallyDispatchProgrammaticEvent(queryOne(".o_comm_messages"), "contextmenu", { button: 0 });
    expect(byKey.defaultPrevented).toBe(true);
});

test("it closes when another list takes the place", async () => {
    await openList(tree());
    await openMenu(2);
    getService("comm_news").bus.trigger("news", { folderIds: [10] });
    await animationFrame();
    expect(MENU).toHaveCount(1);
    queryOne(treeRow("Archive")).click();
    await waitForNone(MENU);
});
