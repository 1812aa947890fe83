import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { press, queryAllAttributes, queryAllTexts, queryOne, resize, waitFor } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import {
    contains,
    getService,
    makeServerError,
    mockService,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { serializeDateTime } from "@web/core/l10n/dates";
import {
    defineCommModels,
    makeMessage,
    makePage,
    makePlace,
    messageRow,
    mockReading,
    openList,
    openManager,
    openMessage,
    withRoles,
} from "@comm_folders/../tests/comm_folders_test_helpers";

describe.current.tags("desktop");
defineCommModels();

const tool = (name) => `.o_comm_toolbar .o_comm_${name}`;
let told = [];

beforeEach(() => {
    told = [];
    mockReading();
    mockService("notification", {
        add: (text) => {
            told.push(String(text));
            return () => {};
        },
    });
    mockService("comm_composer", {
        open: ({ mode = "new", messageId = "" } = {}) => expect.step(`${mode} ${messageId}`.trim()),
    });
    patchWithCleanup(browser, { open: (url) => expect.step(`open ${url}`) });
    onRpc("comm.folder", "get_page", ({ kwargs: { scope, search } }) =>
        search && scope === "everywhere"
            ? {
                  ...makePage([makeMessage(7, { folder_id: 70 }), makeMessage(8, { folder_id: 80 })]),
                  places: {
                      70: makePlace({ folderId: 70, mailboxId: 5, name: "Sales / Inbox", roles: ["archive"] }),
                      80: makePlace({ folderId: 80, mailboxId: 6, name: "News / Inbox", canWrite: false }),
                  },
              }
            : makePage([1, 2, 3].map((id) => makeMessage(id)))
    );
    onRpc("comm.folder", "change_messages", ({ args: [, change], kwargs: { ids, target_id = "" } }) => {
        expect.step(`${change} ${ids} ${target_id}`.trim());
        return { count: ids.length, undo_id: 9, counts: {} };
    });
    onRpc("comm.folder", "get_move_targets", ({ args: [[id]] }) => {
        expect.step(`targets of ${id}`);
        return [
            { id: 13, name: "Archive", path: "Archive", is_shared: false },
            { id: 12, name: "Älpha", path: "Projects / Älpha", is_shared: false },
        ];
    });
});

/** So that the letters that follow are not the list's. */
async function openAndLeave(id) {
    await openMessage(id);
    queryOne(".o_comm_messages").blur();
}

test("every button has a name, and Settings stands at the right", async () => {
    await openList(withRoles());
    expect(queryAllAttributes(".o_comm_toolbar button", "aria-label")).toEqual([
        "New",
        "Reply",
        "Reply all",
        "Forward",
        "Delete",
        "Archive",
        "Spam",
        "Move",
        "Print",
        "Fetch all",
        "More",
        "Settings",
    ]);
    expect(".o_control_panel_navigation .o_comm_settings").toHaveCount(1);
});

test("what is impossible says why", async () => {
    await openList(withRoles());
    for (const name of ["reply", "reply_all", "forward", "delete", "archive", "move", "print", "spam"]) {
        expect(tool(name)).toHaveAttribute("aria-disabled", "true");
    }
    expect(tool("reply")).toHaveAttribute("title", "Reply: Select a message first.");
    await contains(tool("delete")).click();
    expect(told).toEqual(["Select a message first."]);
    await openAndLeave(1);
    expect(tool("reply")).not.toHaveAttribute("aria-disabled");
    expect(tool("reply")).toHaveAttribute("title", "Reply (key: r)");
    expect(tool("spam")).toHaveAttribute("title", "Spam: This mailbox has no spam folder.");
    await contains(messageRow(2)).click({ ctrlKey: true });
    await contains(messageRow(3)).click({ ctrlKey: true });
    expect(tool("reply")).toHaveAttribute("title", "Reply: This works with a single message.");
    expect(tool("delete")).not.toHaveAttribute("aria-disabled");
    await contains(".o_comm_tree_row:contains(Info)").click();
    await waitFor(messageRow(1));
    await openAndLeave(1);
    expect(tool("delete")).toHaveAttribute("title", "Delete: You may only read this mailbox.");
});

test("buttons act on the open message, or on the selection", async () => {
    await openList(withRoles());
    await openAndLeave(1);
    await contains(tool("reply")).click();
    await contains(tool("print")).click();
    await contains(tool("archive")).click();
    await animationFrame();
    await contains(messageRow(2)).click({ ctrlKey: true });
    await contains(messageRow(3)).click({ ctrlKey: true });
    await contains(tool("delete")).click();
    await animationFrame();
    await contains(tool("new")).click();
    expect.verifySteps(["reply 1", "open /comm_mailboxes/message/1/print", "archive 1", "delete 2,3", "new"]);
});

test("letters do what the buttons do, wherever no field has the focus", async () => {
    await openList(withRoles());
    await openAndLeave(2);
    for (const key of ["n", "r", "a", "f", "p", "u", "s", "e"]) {
        await press(key);
        await animationFrame();
        await animationFrame();
    }
    expect.verifySteps([
        "new",
        "reply 2",
        "reply_all 2",
        "forward 2",
        "open /comm_mailboxes/message/2/print",
        "unseen 2",
        "flag 2",
        "archive 2",
    ]);
    await openAndLeave(3);
    await press("Delete");
    await animationFrame();
    expect.verifySteps(["delete 3"]);
});

test("with the focus in the list, letters are about the row at the cursor", async () => {
    await openList(withRoles());
    await openAndLeave(1);
    queryOne(".o_comm_messages").focus();
    await press("j");
    await animationFrame();
    await press("r");
    await press("Delete");
    await animationFrame();
    expect.verifySteps(["reply 2", "delete 2"]);
});

test("j and k, the arrows and Enter walk and open from anywhere", async () => {
    await openList(withRoles());
    await press("j");
    await animationFrame();
    expect(".o_comm_messages").toBeFocused();
    expect(".o_comm_messages").toHaveAttribute("aria-activedescendant", "o_comm_message_1");
    await press("ArrowDown");
    await press("j");
    await press("k");
    await press("Enter");
    await waitFor(".o_comm_message_body:contains(Body of 2)");
});

test("letters stay letters in fields, with Ctrl, Alt or Shift, in dialogs, menus and windows to write in", async () => {
    await openList(withRoles());
    await openAndLeave(1);
    for (const modifier of ["ctrl", "alt", "meta", "shift"]) {
        await press([modifier, "n"]);
    }
    queryOne(".o_comm_search_input").focus();
    await press("n");
    await press("Delete");
    // As the window to write in has them, which lies beside the Manager.
    for (const contentEditable of ["inherit", "true"]) {
        const outside = Object.assign(document.createElement("div"), { contentEditable, tabIndex: 0 });
        queryOne(".o_action_manager").parentElement.append(outside);
        outside.focus();
        await press("Delete");
        await press("n");
        outside.remove();
    }
    await contains(".o_comm_more").click();
    await press("n");
    await press("Escape");
    await animationFrame();
    queryOne(".o_comm_messages").focus();
    await press("?");
    await waitFor(".modal .o_comm_keys");
    await press("n");
    expect.verifySteps([]);
});

test("what is typed ahead while a window to write in opens is no command", async () => {
    await openList(withRoles());
    await openAndLeave(1);
    const composer = getService("comm_composer");
    composer.isOpening = true;
    for (const key of ["e", "s", "n", "Delete"]) {
        await press(key);
    }
    queryOne(".o_comm_messages").focus();
    await press("e");
    await animationFrame();
    expect.verifySteps([]);
    composer.isOpening = false;
    await press("e");
    await animationFrame();
    expect.verifySteps(["archive 1"]);
});

test("a message that was just sent is what z takes back, then what was done before", async () => {
    onRpc("comm.message", "action_undo_send", ({ args: [[id]] }) => {
        expect.step(`unsend ${id}`);
        return true;
    });
    onRpc("comm.message.undo", "undo", ({ args: [[id]] }) => {
        expect.step(`undo ${id}`);
        return 1;
    });
    await openList(withRoles());
    await openAndLeave(1);
    await press("Delete");
    await expect.waitForSteps(["delete 1"]);
    const leaves = serializeDateTime(luxon.DateTime.now().plus({ seconds: 10 }));
    getService("comm_sending").follow({ id: 77, leaves });
    await press(["Control", "z"]);
    await expect.waitForSteps(["unsend 77", "draft 77"]);
    await press("z");
    await expect.waitForSteps(["undo 9"]);
});

test("a sheet tells the keys", async () => {
    await openList(withRoles());
    await press("?");
    await waitFor(".modal .o_comm_keys");
    const lines = queryAllTexts(".o_comm_keys tr").map((text) => text.replace(/\s+/g, " "));
    expect(lines).toInclude("r Reply");
    expect(lines).toInclude("Del Delete");
    expect(lines).toInclude("j↓ Next message");
    expect(lines).toInclude("Shift + F10 Menu of what is selected");
    await contains(".modal .btn:contains(Close)").click();
    await contains(".o_comm_more").click();
    await contains(".o-dropdown-item:contains(Keyboard shortcuts)").click();
    await waitFor(".modal .o_comm_keys");
});

test("folders to move to are found by parts of their names, also without the dots", async () => {
    await openList(withRoles());
    await openAndLeave(1);
    await press("m");
    await waitFor(".o_comm_move_dialog");
    expect(queryAllTexts(".o_comm_target_name")).toEqual(["Archive", "Älpha"]);
    await contains(".o_comm_move_search").edit("proj alp", { confirm: false });
    await animationFrame();
    expect(queryAllTexts(".o_comm_target_name")).toEqual(["Älpha"]);
    await press("Enter");
    await animationFrame();
    await animationFrame();
    expect.verifySteps(["targets of 10", "move 1 12"]);
    expect(told).toEqual(["Message moved to “Älpha”."]);
});

test("a folder to move to is found by its whole path first, also as people type paths", async () => {
    onRpc("comm.folder", "get_move_targets", () =>
        ["Never / Goal", "Goal", "Goal / Below", "Below / Goal"].map((path, id) => ({
            id,
            path,
            name: path.split(" / ").at(-1),
            is_shared: false,
        }))
    );
    await openList(withRoles());
    await openAndLeave(1);
    await press("m");
    await waitFor(".o_comm_move_dialog");
    for (const text of ["goal", "goal/below", "goal / bel", "never/", "below"]) {
        await contains(".o_comm_move_search").edit(text, { confirm: false });
        await animationFrame();
        expect.step(queryAllAttributes(".o_comm_target", "id")[0]);
    }
    expect.verifySteps([1, 2, 2, 0, 2].map((id) => `o_comm_target_${id}`));
});

test("what a search finds elsewhere is treated as its own mailbox says", async () => {
    await openList(withRoles());
    await contains(".o_comm_search_input").edit("x", { confirm: "enter" });
    await contains(".o_comm_scope[data-scope=everywhere]").click();
    await waitFor(messageRow(7));
    expect(`${messageRow(7)} .o_comm_message_folder`).toHaveText("Sales / Inbox");
    expect(`${messageRow(7)} .o_comm_row_action[data-action=archive]`).toHaveCount(1);
    expect(`${messageRow(8)} .o_comm_row_action`).toHaveCount(0);
    await contains(messageRow(8)).click();
    await waitFor(".o_comm_message_body:contains(Body of 8)");
    expect(tool("delete")).toHaveAttribute("title", "Delete: You may only read this mailbox.");
    await contains(messageRow(7)).click();
    await waitFor(".o_comm_message_body:contains(Body of 7)");
    await contains(tool("move")).click();
    await waitFor(".o_comm_move_dialog");
    // Of the mailbox that it lies in.
    expect.verifySteps(["targets of 70"]);
    await contains(".modal .btn:contains(Cancel)").click();
    queryOne(".o_comm_messages").focus();
    await press(["ctrl", "a"]);
    await animationFrame();
    expect(tool("move")).toHaveAttribute(
        "title",
        "Move: These messages lie in several mailboxes. Move those of one mailbox at a time."
    );
});

test("Fetch all fetches mailbox after mailbox, and one that fails stops no other", async () => {
    onRpc("comm.mailbox", "fetch_mail", ({ args: [[id]] }) => {
        expect.step(`fetch ${id}`);
        if (id === 1) {
            throw makeServerError({ message: "The server does not answer." });
        }
        return 2;
    });
    await openList(withRoles());
    await contains(tool("fetch_all")).click();
    await animationFrame();
    await animationFrame();
    expect.verifySteps(["fetch 1", "fetch 2"]);
    expect(told).toEqual(["“Office”: The server does not answer.", "2 new messages."]);
});

test("on a phone each pane has the buttons that fit it, Settings among them", async () => {
    await resize({ width: 380, height: 700 });
    await openManager();
    expect(queryAllAttributes(".o_comm_small_toolbar button", "aria-label")).toEqual(["Fetch all", "Settings", "More"]);
    await contains(".o_comm_tree_row:contains(Inbox)").click();
    await contains(messageRow(1)).click();
    await waitFor(".o_comm_message_body");
    await contains(".o_comm_small_toolbar .o_comm_reply").click();
    expect.verifySteps(["reply 1"]);
    expect(".o_comm_small_toolbar .o_comm_settings").toBeVisible();
    await press("Escape");
    await animationFrame();
    expect(".o_comm_pane_list").toBeVisible();
});
