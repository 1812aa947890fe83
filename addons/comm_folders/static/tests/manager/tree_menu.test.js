import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { press, queryAllTexts, waitFor, waitForNone } from "@odoo/hoot-dom";
import { contains, makeServerError, onRpc } from "@web/../tests/web_test_helpers";
import {
    defineCommModels,
    makeFolder,
    makePage,
    makeTree,
    openManager,
    treeRow,
} from "@comm_folders/../tests/comm_folders_test_helpers";

describe.current.tags("desktop");
defineCommModels();

const item = (label) => `.o_comm_folder_tree_menu .o-dropdown-item:contains(${label})`;

beforeEach(() => {
    onRpc("comm.folder", "get_page", () => makePage([]));
});

async function openTree() {
    const tree = makeTree();
    tree.folders.push(makeFolder({ id: 13, name: "Trash", role: "trash" }));
    await openManager(tree);
}

async function openMenu(name) {
    await contains(`${treeRow(name)} .o_comm_tree_menu`).click();
    await waitFor(".o_comm_folder_tree_menu .o-dropdown-item");
}

test("what a mailbox offers, and one that one may only read", async () => {
    await openTree();
    await openMenu("Office");
    expect(queryAllTexts(item(""))).toEqual([
        "Refresh folder structure",
        "Fetch now",
        "Mark all read",
        "New folder",
        "Subscribe…",
        "Properties",
    ]);
    await openMenu("Info");
    expect(queryAllTexts(item(""))).toEqual(["Refresh folder structure", "Fetch now", "Properties"]);
});

test("who may only read a mailbox is not offered to empty its trash", async () => {
    const tree = makeTree();
    tree.folders.push(makeFolder({ id: 21, mailbox_id: 2, name: "Trash", role: "trash" }));
    await openManager(tree);
    await openMenu("Trash");
    expect(queryAllTexts(item(""))).toEqual(["Fetch now", "Properties"]);
});

test("what folders offer", async () => {
    await openTree();
    await openMenu("Projects");
    expect(queryAllTexts(item(""))).toEqual(["New folder", "Rename", "Delete", "Properties"]);
    await openMenu("Trash");
    expect(queryAllTexts(item(""))).toEqual(["Fetch now", "Mark all read", "New folder", "Empty trash", "Properties"]);
});

test("a new folder is asked its name", async () => {
    onRpc("comm.folder", "create_subfolder", ({ args }) => {
        expect.step(args);
        return [99];
    });
    await openTree();
    await openMenu("Projects");
    await contains(item("New folder")).click();
    expect(".modal .btn-primary").not.toBeEnabled();
    await contains(".o_comm_name_dialog input").edit(" Beta ", { confirm: false });
    await contains(".modal .btn-primary").click();
    expect.verifySteps([[[11], "Beta"]]);
    expect(".modal").toHaveCount(0);
});

test("rename begins with the name that it has", async () => {
    onRpc("comm.folder", "rename", ({ args }) => {
        expect.step(args);
        return true;
    });
    await openTree();
    await openMenu("Projects");
    await contains(item("Rename")).click();
    expect(".o_comm_name_dialog input").toHaveValue("Projects");
    await contains(".o_comm_name_dialog input").edit("Jobs", { confirm: "enter" });
    expect.verifySteps([[[11], "Jobs"]]);
});

test("a name of 300 letters is told to the server as it is, and can be corrected", async () => {
    expect.errors(1);
    onRpc("comm.folder", "create_subfolder", ({ args }) => {
        expect.step(args[1].length);
        if (args[1].length > 200) {
            throw makeServerError({ type: "ValidationError", message: "This name is too long." });
        }
        return [99];
    });
    await openTree();
    await openMenu("Projects");
    await contains(item("New folder")).click();
    await contains(".o_comm_name_dialog input").edit("x".repeat(300), { confirm: false });
    await contains(".modal .btn-primary").click();
    await waitFor(".modal:contains(This name is too long.)");
    expect.verifyErrors(["This name is too long."]);
    await contains(".modal:contains(This name is too long.) .btn-primary").click();
    expect(".o_comm_name_dialog input").toHaveValue("x".repeat(300));
    await contains(".o_comm_name_dialog input").edit("Beta", { confirm: "enter" });
    await expect.waitForSteps([300, 4]);
});

test("deleting and emptying are asked first", async () => {
    onRpc("comm.folder", "delete_on_server", ({ args }) => {
        expect.step(["delete", args[0]]);
        return true;
    });
    onRpc("comm.folder", "empty_trash", ({ args }) => {
        expect.step(["empty", args[0]]);
        return 3;
    });
    await openTree();
    await openMenu("Projects");
    await contains(item("Delete")).click();
    await contains(".modal .btn-secondary").click();
    expect.verifySteps([]);
    await openMenu("Projects");
    await contains(item("Delete")).click();
    await contains(".modal .btn-primary").click();
    await waitFor(".o_notification:contains(Folder “Projects” deleted.)");
    await openMenu("Trash");
    await contains(item("Empty trash")).click();
    await contains(".modal .btn-primary").click();
    await waitFor(".o_notification:contains(“Trash” emptied.)");
    expect.verifySteps([
        ["delete", [11]],
        ["empty", [13]],
    ]);
});

test("a long name stays within the dialog", async () => {
    const tree = makeTree();
    tree.folders[1].name = "W".repeat(300);
    await openManager(tree);
    for (const label of ["Delete", "Rename"]) {
        await openMenu("WWW");
        await contains(item(label)).click();
        const body = await waitFor(".modal .modal-body");
        expect(body.scrollWidth).toBe(body.clientWidth);
        await contains(".modal .btn-close").click();
    }
});

test("all of a mailbox is marked as read", async () => {
    onRpc("comm.mailbox", "mark_all_seen", ({ args }) => {
        expect.step(args[0]);
        return { count: 2, undo_id: 7 };
    });
    await openTree();
    await openMenu("Office");
    await contains(item("Mark all read")).click();
    expect.verifySteps([[1]]);
});

test("that all was marked as read is told, and undone by its button or by Ctrl+Z", async () => {
    let count = 2500;
    onRpc("comm.folder", "mark_all_seen", ({ args: [[id]] }) => {
        expect.step(`read ${id}`);
        return { count, undo_id: count && 7 };
    });
    onRpc("comm.message.undo", "undo", ({ args: [[id]] }) => {
        expect.step(`undo ${id}`);
        return 2500;
    });
    await openTree();
    onRpc("comm.structure.entry", "get_tree", () => {
        expect.step("tree");
        return makeTree();
    });
    await contains(treeRow("Projects")).click();
    const markAll = async () => {
        await openMenu("Alpha");
        await contains(item("Mark all read")).click();
        await expect.waitForSteps(["read 12", "tree"]);
    };
    await markAll();
    await waitFor(".o_notification:contains(2,500 messages marked as read.)");
    await contains(".o_notification button:contains(Undo)").click();
    await expect.waitForSteps(["undo 7", "tree"]);
    await waitForNone(".o_notification");
    await markAll();
    await press(["ctrl", "z"]);
    await expect.waitForSteps(["undo 7", "tree"]);
    count = 0;
    await markAll();
    await waitFor(".o_notification:contains(There was no unread message.)");
    expect(".o_notification button:contains(Undo)").toHaveCount(0);
});

const PROPERTIES = {
    name: "Projects",
    mailbox: "Office",
    path: "INBOX.Projects",
    kind: "Mail folder",
    message_count: 1234,
    unread_count: 5,
    size: 2048,
    last_fetch: false,
    on_server: true,
    subscribed: true,
    is_missing: false,
    fetch_mode: "no",
    fetch_modes: [
        ["no", "Only by hand"],
        ["this", "This folder"],
    ],
    can_choose: true,
    members: false,
    uidvalidity: false,
};
const property = (name) => `.modal [data-property=${name}]`;

test("properties tell what a folder is, and whether it is fetched can be chosen", async () => {
    onRpc("comm.folder", "get_properties", ({ args }) => {
        expect(args).toEqual([[11]]);
        return PROPERTIES;
    });
    onRpc("comm.folder", "choose_fetch_mode", ({ args }) => {
        expect.step(args);
        return true;
    });
    await openTree();
    await openMenu("Projects");
    await contains(item("Properties")).click();
    await waitFor(".modal .o_comm_folder_properties");
    expect(property("path")).toHaveText("INBOX.Projects");
    expect(property("messages")).toHaveText("1,234");
    expect(property("size")).toHaveText("2 kB");
    expect(property("last_fetch")).toHaveText("Not yet");
    expect(property("uidvalidity")).toHaveCount(0);
    expect(".modal .btn-primary").not.toBeEnabled();
    await contains("#o_comm_fetch_mode").select("this");
    await contains(".modal .btn-primary").click();
    await expect.waitForSteps([[[11], "this"]]);
});

test("who may not choose reads what is fetched; administrators see the UIDVALIDITY", async () => {
    onRpc("comm.folder", "get_properties", () => ({ ...PROPERTIES, can_choose: false, uidvalidity: 1759 }));
    await openTree();
    await openMenu("Projects");
    await contains(item("Properties")).click();
    await waitFor(".modal .o_comm_folder_properties");
    expect(property("fetch")).toHaveText("Only by hand");
    expect(property("uidvalidity")).toHaveText("1759");
    expect(".modal select, .modal .btn-primary").toHaveCount(0);
});

test("a folder of the shared structure names its members to whom they are told", async () => {
    const members = [
        { name: "Anna", access: "Read and write" },
        { name: "Communication / User (7)", access: "Read" },
    ];
    let answer = members;
    onRpc("comm.folder", "get_properties", () => ({ ...PROPERTIES, members: answer }));
    await openTree();
    for (const [told, lines] of [
        [members, ["Anna: Read and write", "Communication / User (7): Read"]],
        [[], ["Nobody"]],
        [false, []],
    ]) {
        answer = told;
        await openMenu("Later");
        await contains(item("Properties")).click();
        await waitFor(".modal .o_comm_folder_properties");
        const shown = told.length ? `${property("members")} li` : property("members");
        expect(queryAllTexts(shown).map((text) => text.replace(/\s+/g, " "))).toEqual(lines);
        await contains(".modal .btn:contains(Close)").click();
    }
});

test("a folder made by hand is renamed, gets others below it, and goes when it is empty", async () => {
    onRpc("comm.structure.entry", "rename", ({ args }) => {
        expect.step(["rename", ...args]);
        return { name: false, folder_name: "Later" };
    });
    onRpc("comm.structure.entry", "insert", ({ args, kwargs: { anchor_id, mode } }) => {
        expect.step(["insert", ...args, anchor_id, mode]);
        return 9;
    });
    onRpc("comm.folder", "delete_empty", ({ args }) => {
        expect.step(["delete", ...args]);
        return true;
    });
    await openManager();
    await openMenu("Later");
    expect(queryAllTexts(item(""))).toEqual(["Mark all read", "New folder", "Rename", "Delete", "Properties"]);
    await contains(item("Rename")).click();
    await contains(".o_comm_name_dialog input").edit("Soon", { confirm: "enter" });
    await expect.waitForSteps([["rename", [2], "Soon"]]);
    await openMenu("Later");
    await contains(item("New folder")).click();
    await contains(".o_comm_name_dialog input").edit("Never", { confirm: "enter" });
    await expect.waitForSteps([["insert", "personal", { folder_name: "Never" }, 2, "into"]]);

    await openMenu("Later");
    await contains(item("Delete")).click();
    await contains(".modal .btn-primary").click();
    await expect.waitForSteps([["delete", [30]]]);
});

test("an outgoing mailbox is marked as one and fetches nothing", async () => {
    const tree = makeTree();
    Object.assign(tree.mailboxes[1], { name: "Out", kind: "smtp", state: "ok", can_write: true });
    tree.entries[2].name = "Out";
    Object.assign(
        tree.folders.find(({ id }) => id === 20),
        { name: "Sent", role: "sent", is_local: true }
    );
    await openManager(tree);
    expect(`${treeRow("Out")} .o_comm_tree_name`).toHaveText("Out outgoing");
    expect(`${treeRow("Out")} .fa-paper-plane-o`).toHaveCount(1);
    await openMenu("Out");
    expect(queryAllTexts(item(""))).toEqual(["Mark all read", "Properties"]);
    await openMenu("Sent");
    expect(queryAllTexts(item(""))).toEqual(["Mark all read", "Properties"]);
});
