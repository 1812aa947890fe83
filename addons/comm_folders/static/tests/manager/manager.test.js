import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, press, queryAllTexts, queryOne, queryRect, scroll, waitFor } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import { contains, getService, mockService, onRpc } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import {
    defineCommModels,
    makeMessage,
    makePage,
    makePreview,
    makeTree,
    makeWindow,
    messageRow,
    mockReading,
    openList,
    openManager,
    treeRow,
} from "@comm_folders/../tests/comm_folders_test_helpers";

describe.current.tags("desktop");
defineCommModels();

const notifications = [];

beforeEach(() => {
    notifications.length = 0;
    mockReading();
    mockService("notification", {
        add: (text) => {
            notifications.push(String(text));
            return () => {};
        },
    });
    onRpc("comm.folder", "get_page", ({ args: [[folderId]] }) =>
        folderId === 10
            ? makePage([makeMessage(1, { is_seen: false }), makeMessage(2)], { message_count: 2, unread_count: 2 })
            : makePage([])
    );
    onRpc("comm.message", "mark_seen", ({ args: [[id]] }) => {
        expect.step(`seen ${id}`);
        return true;
    });
});

test("shows both structures with their unread counts and opens the first inbox", async () => {
    await openManager();
    expect(queryAllTexts(".o_comm_tree_row").map((text) => text.replace(/\s+/g, " "))).toEqual([
        "MY FOLDERS",
        "Office",
        "Inbox 2",
        "Projects 1",
        "Later",
        "SHARED FOLDERS",
        "Info",
        "Inbox 1",
    ]);
    await waitFor(".o_comm_message");
    expect(queryAllTexts(".o_comm_message_from")).toEqual(["Unread:\nSender 1", "Sender 2"]);
    expect(".o_comm_message_unread").toHaveCount(1);
    expect(".o_comm_list_title").toHaveText("Inbox");
    expect(".o_comm_no_message").toHaveCount(1);
});

test("says where the last fetch failed", async () => {
    await openManager();
    expect(`${treeRow("Info")} .fa-exclamation-triangle`).toHaveCount(1);
    expect(`${treeRow("Office")} .fa-exclamation-triangle`).toHaveCount(0);
});

test("opening a message shows it and marks it as read", async () => {
    onRpc("comm.message", "web_read", () => [
        makePreview(1, {
            attachment_ids: [
                { id: 5, name: "offer.pdf", mimetype: "application/pdf", file_size: 2048, comm_content_id: false },
                { id: 6, name: "logo.png", mimetype: "image/png", file_size: 10, comm_content_id: "logo" },
            ],
        }),
    ]);
    await openManager();
    await contains(".o_comm_message:first").click();
    await waitFor(".o_comm_message_body:contains(Body of 1)");
    // Images that the body shows are not listed.
    expect(".o_comm_attachment").toHaveCount(1);
    expect(".o_comm_attachment").toHaveAttribute("href", "/web/content/5?download=true&filename=offer.pdf");
    await animationFrame();
    expect.verifySteps(["seen 1"]);
    expect(".o_comm_message_unread").toHaveCount(0);
    expect(`${treeRow("Inbox")}:first .o_comm_tree_unread`).toHaveText("1");
});

test("reading what is read, or in a mailbox that one may only read, changes nothing", async () => {
    onRpc("comm.folder", "get_page", ({ args: [[folderId]] }) =>
        makePage([makeMessage(folderId, { is_seen: folderId === 10 })])
    );
    await openManager();
    await contains(".o_comm_message").click();
    await waitFor(".o_comm_message_body");
    await contains(`${treeRow("Info")}`).click();
    await contains(".o_comm_message[data-id='20']").click();
    await waitFor(".o_comm_message_body:contains(Body of 20)");
    await animationFrame();
    expect.verifySteps([]);
    expect(".o_comm_message .o_comm_flag").toHaveCount(0);
});

test("a slow answer for a folder left meanwhile is dropped", async () => {
    const slow = new Deferred();
    onRpc("comm.folder", "get_page", async ({ args: [[folderId]] }) => {
        if (folderId === 10) {
            await slow;
        }
        return makePage([makeMessage(folderId)]);
    });
    await openManager();
    await contains(treeRow("Info")).click();
    await waitFor(".o_comm_message[data-id='20']");
    slow.resolve();
    await animationFrame();
    expect(".o_comm_message").toHaveCount(1);
    expect(".o_comm_message[data-id='20']").toHaveCount(1);
});

test("right click on a mailbox: refresh its folders, with a sign while it lasts", async () => {
    const refreshed = new Deferred();
    onRpc("comm.mailbox", "refresh_folders", async ({ args: [[id]] }) => {
        expect.step(`refresh ${id}`);
        await refreshed;
        return 3;
    });
    await openManager();
    await click(treeRow("Office"), { button: 2 });
    await waitFor(".o_comm_folder_tree_menu");
    expect(queryAllTexts(".o_comm_folder_tree_menu .o-dropdown-item")).toEqual([
        "Refresh folder structure",
        "Fetch now",
        "Mark all read",
        "New folder",
        "Subscribe…",
        "Properties",
    ]);
    await contains(".o-dropdown-item:contains(Refresh folder structure)").click();
    expect.verifySteps(["refresh 1"]);
    expect(`${treeRow("Office")} .fa-spin`).toHaveCount(1);
    refreshed.resolve();
    await animationFrame();
    await animationFrame();
    expect(`${treeRow("Office")} .fa-spin`).toHaveCount(0);
    expect(notifications).toEqual(["The folder structure of “Office” is up to date."]);
});

test("a folder can be fetched by hand; what holds no mail or is not on a server cannot", async () => {
    onRpc("comm.folder", "fetch_mail", ({ args: [[id]] }) => {
        expect.step(`fetch ${id}`);
        return 1;
    });
    await openManager();
    await contains(`${treeRow("Inbox")}:first .o_comm_tree_menu`).click();
    await waitFor(".o_comm_folder_tree_menu");
    expect(queryAllTexts(".o_comm_folder_tree_menu .o-dropdown-item")).toEqual([
        "Fetch now",
        "Mark all read",
        "New folder",
        "Properties",
    ]);
    await contains(".o-dropdown-item:contains(Fetch now)").click();
    await animationFrame();
    expect.verifySteps(["fetch 10"]);
    expect(notifications).toEqual(["1 new message in “Inbox”."]);
    for (const name of ["Projects", "Later"]) {
        await contains(`${treeRow(name)} button.o_comm_tree_menu`).click();
        await waitFor(".o_comm_folder_tree_menu .o-dropdown-item");
        expect(".o-dropdown-item:contains(Fetch now)").toHaveCount(0);
    }
});

test("the menu opens with the keyboard and gives the focus back", async () => {
    await openManager();
    queryOne(treeRow("Office")).focus();
    await press(["shift", "F10"]);
    await waitFor(".o_comm_folder_tree_menu");
    await press("Escape");
    await animationFrame();
    expect(".o_comm_folder_tree_menu").toHaveCount(0);
    expect(treeRow("Office")).toBeFocused();
});

test("tree and list can be walked with the keyboard", async () => {
    await openManager();
    await waitFor(".o_comm_message");
    queryOne(treeRow("Projects")).focus();
    await press("ArrowRight");
    await animationFrame();
    await press("ArrowRight");
    expect(treeRow("Alpha")).toBeFocused();
    await press("ArrowLeft");
    expect(treeRow("Projects")).toBeFocused();
    await press("ArrowLeft");
    await animationFrame();
    expect(treeRow("Alpha")).toHaveCount(0);
    await press("Home");
    expect(treeRow("My folders")).toBeFocused();

    queryOne(".o_comm_messages").focus();
    await press("ArrowDown");
    await animationFrame();
    expect(".o_comm_messages").toHaveAttribute("aria-activedescendant", "o_comm_message_2");
    await press("Enter");
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    expect(".o_comm_message_open").toHaveAttribute("data-id", "2");
});

test("a flag is set at once, and taken back when the server refuses", async () => {
    expect.errors(1);
    let refuses = false;
    onRpc("comm.folder", "change_messages", ({ args: [, change], kwargs: { ids } }) => {
        expect.step(`${ids} ${change}`);
        if (refuses) {
            throw new Error("refused");
        }
        return { count: 1, undo_id: false, counts: {} };
    });
    await openManager();
    await contains(".o_comm_flag:first").click();
    expect(".o_comm_flag:first .fa-star").toHaveCount(1);
    refuses = true;
    await contains(".o_comm_flag:last").click();
    await animationFrame();
    expect(".o_comm_flag:last .fa-star-o").toHaveCount(1);
    expect.verifySteps(["1 flag", "2 flag"]);
    expect.verifyErrors(["refused"]);
});

test("the rest of a large message is loaded when somebody wants it", async () => {
    const answer = new Deferred();
    let isPartial = true;
    onRpc("comm.message", "web_read", ({ args: [[id]] }) => [
        makePreview(id, {
            is_partial: isPartial,
            partial_text: isPartial && "The whole message, 120.0 MB, is on the server.",
        }),
    ]);
    onRpc("comm.message", "load_from_server", async ({ args: [[id]] }) => {
        expect.step(`load ${id}`);
        await answer;
        isPartial = false;
        return true;
    });
    await openManager();
    await contains(".o_comm_message:eq(1)").click();
    expect(".o_comm_partial").toHaveText("The whole message, 120.0 MB, is on the server.\nLoad from server");
    await contains(".o_comm_partial button").click();
    expect(".o_comm_partial button").toHaveText("Loading…");
    expect(".o_comm_partial button").not.toBeEnabled();
    answer.resolve();
    await animationFrame();
    await animationFrame();
    expect(".o_comm_partial").toHaveCount(0);
    expect(".o_comm_message_body").toHaveCount(1);
    expect.verifySteps(["load 2"]);
});

test("a message that is not there any more is told, and the list read again", async () => {
    onRpc("comm.message", "web_read", () => []);
    await openManager();
    await contains(".o_comm_message:first").click();
    await animationFrame();
    expect(notifications).toEqual(["This message is not there any more."]);
    expect(".o_comm_no_message").toHaveCount(1);
});

test("the inbox that is open at the start is marked, and a reload opens the folder that was open", async () => {
    await openManager();
    expect(".o_comm_tree_selected").toHaveText(/^Inbox/);
    await contains(treeRow("Projects")).click();
    await contains(treeRow("Alpha")).click();
    await waitFor(".o_comm_list_title:contains(Alpha)");
    expect(JSON.parse(browser.sessionStorage.getItem("comm_folders.open")).folderId).toBe(12);
    // As F5 does: nothing is left but what the tab remembers.
    await getService("action").doAction(
        { type: "ir.actions.client", tag: "comm_folders.manager", name: "Again" },
        { clearBreadcrumbs: true }
    );
    await waitFor(".o_comm_list_title:contains(Alpha)");
    expect(".o_comm_tree_selected").toHaveText(/^Alpha/);
});

test("after a reload the list shows the row of the open message, though mail came before it", async () => {
    // It stood at the place 202, and 60 came since.
    const idAt = (place) => place + 1 - 60;
    const values = (number) => ({ id: idAt(number - 1), subject: "Subject" });
    onRpc("comm.folder", "get_page", ({ kwargs }) => makeWindow(kwargs, { total: 400, values }));
    onRpc("comm.folder", "get_page_ids", ({ args: [, offset, limit] }) =>
        Array.from({ length: Math.min(limit, 400 - offset) }, (_, position) => idAt(offset + position))
    );
    browser.localStorage.setItem("comm_folders.tree", JSON.stringify({ expanded: [], known: [] }));
    const open = { selectedKey: "entry-1", folderId: 10, messageId: 203, position: 202, pane: "preview" };
    browser.sessionStorage.setItem("comm_folders.open", JSON.stringify(open));
    browser.history.replaceState({ commDepth: 0 }, "", browser.location.href);
    await openList();
    await waitFor(".o_comm_message_body:contains(Body of 203)");
    await waitFor(messageRow(203));
    await animationFrame();
    const list = queryRect(".o_comm_messages");
    const row = queryRect(messageRow(203));
    expect([row.top >= list.top, row.bottom <= list.bottom]).toEqual([true, true]);
    expect(messageRow(203)).toHaveClass("o_comm_message_open");
});

test("a remembered folder that is gone makes room for the inbox", async () => {
    browser.localStorage.setItem("comm_folders.tree", JSON.stringify({ expanded: [], known: [] }));
    browser.sessionStorage.setItem("comm_folders.open", JSON.stringify({ selectedKey: "entry-1", folderId: 99 }));
    await openManager();
    await waitFor(".o_comm_list_title:contains(Inbox)");
});

test("an empty folder offers to fetch", async () => {
    onRpc("comm.folder", "get_page", () => makePage([]));
    await openManager();
    await waitFor(".o_comm_empty");
    expect(".o_comm_empty button:contains(Fetch now)").toHaveCount(1);
    await contains(treeRow("Later")).click();
    await waitFor(".o_comm_empty:contains(made by hand)");
    expect(".o_comm_empty button").toHaveCount(0);
});

test("a mailbox without folders offers to read them", async () => {
    await openManager({
        entries: [{ id: 1, scope: "personal", parent_id: false, name: "New", mailbox_id: 1, folder_id: false }],
        mailboxes: [{ id: 1, name: "New", kind: "imap", scope: "personal", state: "draft", can_write: true }],
        folders: [],
    });
    await contains(treeRow("New")).click();
    await waitFor(".o_comm_empty button:contains(Refresh folder structure)");
});

test("an empty structure leads to where it is filled", async () => {
    await openManager({ entries: [], mailboxes: [], folders: [] });
    expect(queryAllTexts(".o_comm_manager_empty button")).toEqual(["My Folder Structure", "My Mailboxes"]);
});

test("an answer for a folder that was closed meanwhile is dropped", async () => {
    const slow = new Deferred();
    onRpc("comm.folder", "get_page", async () => {
        await slow;
        return makePage([makeMessage(1)]);
    });
    await openManager();
    await contains(treeRow("Projects")).click();
    slow.resolve();
    await animationFrame();
    expect(".o_comm_message").toHaveCount(0);
    expect(".o_comm_empty:contains(Select a folder)").toHaveCount(1);
});

test("a failed fetch is told as Odoo tells errors, and the tree shows where", async () => {
    expect.errors(1);
    const tree = makeTree();
    onRpc("comm.mailbox", "fetch_mail", () => {
        tree.mailboxes[0].state = "error";
        throw new Error("The server refused the login");
    });
    await openManager(tree);
    await click(treeRow("Office"), { button: 2 });
    await contains(".o-dropdown-item:contains(Fetch now)").click();
    await waitFor(`${treeRow("Office")} .fa-exclamation-triangle`);
    expect(`${treeRow("Office")} .fa-spin`).toHaveCount(0);
    expect.verifyErrors(["The server refused the login"]);
});

test("coming back shows what was open", async () => {
    onRpc("comm.structure.entry", "get_editor", () => ({ ...makeTree(), can_edit: true }));
    onRpc("comm.folder", "get_page", ({ kwargs }) => makeWindow(kwargs));
    await openManager();
    await waitFor(".o_comm_message");
    await scroll(".o_comm_messages", { top: 60 * 76 });
    await contains(".o_comm_message[data-id='62']").click();
    await waitFor(".o_comm_message_body:contains(Body of 62)");
    await contains(`${treeRow("Projects")} .o_comm_tree_caret`).click();
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "comm_folders.structure_editor",
        params: { scope: "personal" },
    });
    await contains(".o_back_button, .breadcrumb-item a").click();
    await waitFor(".o_comm_message_body:contains(Body of 62)");
    await waitFor(".o_comm_message_open[data-id='62']");
    expect(queryOne(".o_comm_messages").scrollTop).toBe(60 * 76);
    expect(treeRow("Alpha")).toHaveCount(1);
});
