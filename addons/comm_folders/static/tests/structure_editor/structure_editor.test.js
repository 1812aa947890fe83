import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { press, queryAllTexts, queryOne, waitFor, waitForNone } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    fields,
    getService,
    makeServerError,
    models,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {
    defineCommModels,
    makeFolder,
    makeTree,
    openClientAction,
} from "@comm_folders/../tests/comm_folders_test_helpers";

describe.current.tags("desktop");
defineCommModels();

let editor;

const place = (name) => `.o_comm_places .o_comm_tree_row:contains(${name})`;
const offer = (name) => `.o_comm_offer .o_comm_tree_row:contains(${name})`;

async function openEditor() {
    await openClientAction("comm_folders.structure_editor", { scope: editor.scope });
}

beforeEach(() => {
    const tree = makeTree();
    editor = {
        ...tree,
        scope: "personal",
        members: {},
        can_edit: true,
        icons: [["star", "Star"]],
        entries: tree.entries.filter((entry) => entry.scope === "personal"),
    };
    onRpc("comm.structure.entry", "get_editor", ({ args: [scope] }) => {
        expect(scope).toBe(editor.scope);
        return editor;
    });
    onRpc("comm.structure.entry", "insert", ({ args, kwargs: { anchor_id, mode } }) => {
        expect.step([...args, anchor_id, mode]);
        return 9;
    });
});

test("shows what is there and what can be inserted", async () => {
    await openEditor();
    expect(queryAllTexts(".o_comm_places .o_comm_tree_name")).toEqual(["Office with its folders", "Later"]);
    expect(queryAllTexts(".o_comm_offer .o_comm_tree_row")).toEqual([
        "MAILBOXES",
        "Office",
        "Info",
        "FOLDERS MADE BY HAND",
        "Later",
    ]);
    expect(".o_comm_taken").toHaveCount(2);
    expect(".o_comm_insert").not.toBeEnabled();
});

test("a folder that is gone from its server is struck through", async () => {
    editor.folders.push(makeFolder({ id: 13, name: "Past", is_missing: true }));
    editor.entries.push({ id: 8, scope: "personal", parent_id: false, name: "Past", folder_id: 13 });
    await openEditor();
    expect(`${place("Past")} .o_comm_tree_name`).toHaveStyle({ textDecorationLine: "line-through" });
    expect(`${place("Later")} .o_comm_tree_name`).toHaveStyle({ textDecorationLine: "none" });
    await contains(`${offer("Office")} .o_comm_tree_caret`).click();
    expect(`${offer("Past")} .o_comm_tree_name`).toHaveStyle({ textDecorationLine: "line-through" });
});

test("what changes elsewhere shows at once", async () => {
    await openEditor();
    editor.entries = editor.entries.filter(({ id }) => id !== 2);
    getService("comm_news").bus.trigger("news", { folderIds: [], isStructure: true });
    await waitForNone(place("Later"));
});

test("what was removed elsewhere before that was known goes, and that is told", async () => {
    const refuse = () => {
        editor.entries = editor.entries.filter(({ id }) => id !== 2);
        throw makeServerError({ type: "MissingError", message: "Record does not exist or has been deleted." });
    };
    for (const method of ["remove", "move", "rename"]) {
        onRpc("comm.structure.entry", method, refuse);
    }
    await openEditor();
    const { entries } = editor;
    for (const key of ["Delete", ["alt", "ArrowUp"]]) {
        await contains(place("Later")).click();
        await press(key);
        await waitForNone(place("Later"));
        await waitFor(".o_notification:contains(This is not there any more)");
        expect(".o_notification:contains(was removed from here)").toHaveCount(0);
        expect(".modal").toHaveCount(0);
        await contains(".o_notification_close").click();
        editor.entries = entries;
        getService("comm_news").bus.trigger("news", { folderIds: [], isStructure: true });
        await waitFor(place("Later"));
    }
});

test("a refusal shows what is there now", async () => {
    expect.errors(1);
    onRpc("comm.structure.entry", "move", () => {
        editor.entries = editor.entries.filter(({ id }) => id !== 1);
        throw makeServerError({ message: "The entry beside which this should go is not there any more." });
    });
    await openEditor();
    await contains(place("Later")).click();
    await press(["alt", "ArrowUp"]);
    await waitFor(".modal:contains(is not there any more)");
    expect.verifyErrors(["RPC_ERROR"]);
    await waitForNone(place("Office"));
});

test("inserts a mailbox in each mode", async () => {
    await openEditor();
    for (const [mode, sentence] of [
        ["before", "“Info” goes before “Later”."],
        ["after", "“Info” goes after “Later”."],
        ["into", "“Info” goes into “Later”."],
    ]) {
        await contains(place("Later")).click();
        await contains(offer("Info")).click();
        await contains(`label[for=o_comm_mode_${mode}]`).click();
        expect(".o_comm_summary").toHaveText(sentence);
        await contains(".o_comm_insert").click();
        expect.verifySteps([["personal", { mailbox_id: 2 }, 2, mode]]);
    }
});

test("inserts one folder of a mailbox", async () => {
    await openEditor();
    await contains(`${offer("Info")} .o_comm_tree_caret`).click();
    await contains(offer("Inbox")).click();
    expect(".o_comm_summary").toHaveText("“Inbox” goes to the end.");
    await contains(".o_comm_insert").click();
    expect.verifySteps([["personal", { folder_id: 20 }, false, "after"]]);
});

test("makes a folder by hand", async () => {
    await openEditor();
    await contains("#o_comm_new_folder").edit(" Projects ", { confirm: false });
    expect(".o_comm_summary").toHaveText("“Projects” goes to the end.");
    await contains(".o_comm_insert").click();
    expect.verifySteps([["personal", { folder_name: "Projects" }, false, "after"]]);
    expect("#o_comm_new_folder").toHaveValue("");
});

test("a name of 300 letters stays within its part of the screen", async () => {
    await openEditor();
    await contains("#o_comm_new_folder").edit("x".repeat(300), { confirm: false });
    const right = (selector) => queryOne(selector).getBoundingClientRect().right;
    expect(right(".o_comm_summary")).toBeLessThan(right(".o_comm_offer"));
    expect(queryOne(".o_comm_summary").scrollWidth).toBe(queryOne(".o_comm_summary").clientWidth);
});

test("what has a place already is not offered again", async () => {
    await openEditor();
    await contains(offer("Office")).click();
    expect(".o_comm_summary").toHaveText("“Office” has a place here already.");
    expect(".o_comm_insert").not.toBeEnabled();
});

test("a name is taken back with what the server told", async () => {
    const before = { name: "Label", folder_name: "Work" };
    for (const method of ["rename", "take_back_name"]) {
        onRpc("comm.structure.entry", method, ({ args }) => {
            expect.step([method, ...args]);
            return before;
        });
    }
    await openEditor();
    await contains(place("Later")).click();
    await contains(".o_comm_rename").click();
    await contains(".o_comm_rename_input").edit("Soon", { confirm: "Enter" });
    await contains(".o_comm_undo").click();
    expect.verifySteps([
        ["rename", [2], "Soon"],
        ["take_back_name", [2], before],
    ]);
});

test("what could not be taken back, as Odoo was out of reach, can be when it is there again", async () => {
    expect.errors(1);
    let isLost = true;
    onRpc("comm.structure.entry", "rename", () => "Label");
    onRpc("comm.structure.entry", "take_back_name", () => {
        expect.step("take back");
        return isLost ? new Response("", { status: 502 }) : true;
    });
    await openEditor();
    await contains(place("Later")).click();
    await contains(".o_comm_rename").click();
    await contains(".o_comm_rename_input").edit("Soon", { confirm: "Enter" });
    await contains(".o_comm_undo:enabled").click();
    await expect.waitForSteps(["take back"]);
    await waitFor(".o_comm_undo:enabled");
    isLost = false;
    await contains(".o_comm_undo").click();
    await expect.waitForSteps(["take back"]);
    await waitFor(".o_comm_undo:disabled");
    expect.verifyErrors([/could.*t be established/]);
});

test("renaming says whom it concerns", async () => {
    editor.folders.push(makeFolder({ id: 31, mailbox_id: false, name: "Team", is_local: true }));
    editor.entries.push({ id: 4, scope: "personal", parent_id: false, name: "Team", mailbox_id: false, folder_id: 31 });
    await openEditor();
    for (const [name, title] of [
        ["Office", "Rename, only here and not on the mail server (F2)"],
        ["Later", "Rename (F2)"],
        ["Team", "Rename, only here: the shared structure gives it its name for all (F2)"],
    ]) {
        await contains(place(name)).click();
        expect(".o_comm_rename").toHaveAttribute("title", title);
    }
});

test("a folder of all is told from one's own of the same name", async () => {
    editor.folders.push(makeFolder({ id: 31, mailbox_id: false, name: "Later", is_local: true }));
    editor.entries.push({ id: 4, scope: "personal", parent_id: 1, name: "Later", mailbox_id: false, folder_id: 31 });
    await openEditor();
    expect(queryAllTexts(`${offer("Later")} .o_comm_tree_name`)).toEqual(["Later", "Later shared"]);
    expect(queryAllTexts(`${place("Later")} .o_comm_tree_name`)).toEqual(["Later shared", "Later"]);
});

test("an outgoing mailbox is offered as one", async () => {
    editor.mailboxes[1].kind = "smtp";
    editor.entries.push({ id: 3, scope: "personal", parent_id: false, name: "Info", mailbox_id: 2, folder_id: false });
    await openEditor();
    expect(`${place("Info")} .o_comm_tree_name`).toHaveText("Info outgoing with its folders");
    expect(`${offer("Info")} .o_comm_tree_name`).toHaveText("Info outgoing");
    expect(`${offer("Info")} .fa-paper-plane-o`).toHaveCount(1);
    expect(`${offer("Office")} .o_comm_tree_name`).toHaveText("Office");
});

test("renames, moves and removes", async () => {
    for (const method of ["rename", "move", "remove"]) {
        onRpc("comm.structure.entry", method, ({ args, kwargs }) => {
            expect.step([method, ...args, kwargs.anchor_id, kwargs.mode].filter((part) => part !== undefined));
            return true;
        });
    }
    await openEditor();
    expect(".o_comm_remove").not.toBeEnabled();
    await contains(place("Later")).click();
    expect(".o_comm_move_down").not.toBeEnabled();
    await contains(".o_comm_move_up").click();
    await contains(".o_comm_move_in").click();
    expect.verifySteps([
        ["move", [2], 1, "before"],
        ["move", [2], 1, "into"],
    ]);

    await contains(".o_comm_rename").click();
    await contains(".o_comm_rename_input").edit("Soon", { confirm: "Enter" });
    expect.verifySteps([["rename", [2], "Soon"]]);

    queryOne(place("Later")).focus();
    await press("F2");
    await animationFrame();
    await press("Escape");
    await animationFrame();
    expect(".o_comm_rename_input").toHaveCount(0);
    expect.verifySteps([]);

    // The row keeps the keyboard.
    await press("F2");
    await animationFrame();
    expect(".o_comm_rename_input").toHaveCount(1);
    await press("Escape");
    await animationFrame();

    await contains(".o_comm_remove").click();
    expect.verifySteps([["remove", [2]]]);
    await waitFor(".o_notification:contains(Mailbox, folder and mail are untouched)");
});

test("a name that is refused can be corrected: it stays in the field, with the reason", async () => {
    onRpc("comm.structure.entry", "rename", ({ args: [[id], name] }) => {
        expect.step([id, name]);
        if (name.startsWith("Taken")) {
            throw makeServerError({ type: "ValidationError", message: `There is “${name}” in this place already.` });
        }
        return true;
    });
    const input = ".o_comm_rename_input";
    const beginning = async () => {
        queryOne(place("Later")).focus();
        await press("F2");
        await animationFrame();
    };
    await openEditor();
    await beginning();
    await contains(input).edit("Taken", { confirm: "Enter" });
    await waitFor("[role=alert]:contains(There is “Taken” in this place already.)");
    expect(input).toHaveValue("Taken");
    expect(input).toBeFocused();
    expect(input).toHaveAttribute("aria-invalid", "true");
    expect(input).toHaveAttribute("aria-describedby", queryOne("[role=alert]").id);
    expect(".modal").toHaveCount(0);
    await contains(input).edit("Taken too", { confirm: "blur" });
    await waitFor("[role=alert]:contains(There is “Taken too” in this place already.)");
    await contains(input).edit("Soon", { confirm: "Enter" });
    await waitForNone(input);
    expect.verifySteps([
        [2, "Taken"],
        [2, "Taken too"],
        [2, "Soon"],
    ]);
    // Left as it was refused, it is given up; and the next time nothing is left of it.
    await beginning();
    await contains(input).edit("Taken", { confirm: "Enter" });
    await waitFor("[role=alert]");
    queryOne(".o_comm_rename_input").blur();
    await waitForNone(input);
    await beginning();
    expect(input).toHaveValue("Later");
    expect("[role=alert]").toHaveCount(0);
    expect.verifySteps([[2, "Taken"]]);
});

test("buttons keep the keyboard, and Ctrl+Z works wherever the focus is", async () => {
    onRpc("comm.structure.entry", "move", ({ kwargs }) => {
        expect.step(["move", kwargs.anchor_id, kwargs.mode]);
        return true;
    });
    await openEditor();
    await contains(place("Later")).click();
    queryOne(".o_comm_move_up").focus();
    for (let presses = 0; presses < 2; presses++) {
        await press("Enter");
        await expect.waitForSteps([["move", 1, "before"]]);
        await animationFrame();
        await waitFor(".o_comm_move_up:focus:enabled");
    }
    // A button that cannot be pressed any more leaves it to the tree.
    await contains(".o_comm_undo").focus();
    await press("Enter");
    await expect.waitForSteps([["move", 1, "after"]]);
    await waitFor(".o_comm_undo:disabled");
    await animationFrame();
    expect(".o_comm_places [role=treeitem]:focus").toHaveCount(1);

    await contains(".o_comm_move_up").click();
    await expect.waitForSteps([["move", 1, "before"]]);
    await waitFor(".o_comm_undo:enabled");
    document.activeElement.blur();
    await press(["Control", "z"]);
    await expect.waitForSteps([["move", 1, "after"]]);
});

test("Ctrl+Z while a name is typed takes back typing, and no step of the structure", async () => {
    onRpc("comm.structure.entry", "move", ({ kwargs: { anchor_id, mode } }) => {
        expect.step(["move", anchor_id, mode]);
        return true;
    });
    await openEditor();
    await contains(place("Later")).click();
    await contains(".o_comm_move_up").click();
    await expect.waitForSteps([["move", 1, "before"]]);
    await waitFor(".o_comm_undo:enabled");
    const undo = async (input) => {
        queryOne(input).focus();
        const [keydown] = await press(["Control", "z"]).then((events) => events.filter(({ key }) => key === "z"));
        await animationFrame();
        // The browser's own undo is what the field is left with.
        expect(keydown.defaultPrevented).toBe(false);
    };
    await contains("#o_comm_new_folder").edit("Ideas", { confirm: false });
    await undo("#o_comm_new_folder");
    await contains(".o_comm_rename").click();
    await undo(".o_comm_rename_input");
    expect.verifySteps([]);
    await press("Escape");
    await animationFrame();
    document.activeElement.blur();
    await press(["Control", "z"]);
    await expect.waitForSteps([["move", 1, "after"]]);
});

test("an empty folder made by hand can be deleted when it has no place", async () => {
    editor.entries.pop();
    onRpc("comm.folder", "delete_empty", ({ args: [ids] }) => {
        expect.step(ids);
        return true;
    });
    await openEditor();
    await contains(`${offer("Later")} .o_comm_delete_folder`).click();
    await contains(".modal button:contains(Delete)").click();
    expect.verifySteps([[30]]);
});

test("who may not edit sees the structure and nothing to press", async () => {
    Object.assign(editor, { can_edit: false, mailboxes: [], folders: [] });
    await openEditor();
    expect(queryAllTexts(".o_comm_places .o_comm_tree_name")).toEqual(["Office with its folders", "Later"]);
    expect(".o_comm_offer").toHaveCount(0);
    expect(".o_comm_places button").toHaveCount(0);
});

test("without a mailbox the way to one is shown", async () => {
    Object.assign(editor, { entries: [], mailboxes: [], folders: [] });
    await openEditor();
    expect(".o_comm_no_mailbox button").toHaveText("My Mailboxes");
    expect(".o_comm_places .o_comm_empty").toHaveCount(1);
});

test("managers see who may read a folder made for all, and decide it", async () => {
    class Folder extends models.Model {
        _name = "comm.folder";
        name = fields.Char();
        _records = [{ id: 31, name: "Team" }];
        _views = { form: `<form><field name="name"/></form>` };
    }
    defineModels([Folder]);
    const team = makeFolder({ id: 31, mailbox_id: false, name: "Team", is_local: true });
    const members = { 31: { read: ["Front desk (4)", "Ben"], write: ["Anna"] } };
    Object.assign(editor, { scope: "shared", members, folders: [...editor.folders, team] });
    editor.entries = [
        { id: 3, scope: "shared", parent_id: false, name: "Info", mailbox_id: 2, folder_id: false },
        { id: 4, scope: "shared", parent_id: false, name: "Team", mailbox_id: false, folder_id: 31 },
    ];
    onRpc("comm.folder", "get_views", ({ kwargs }) => {
        expect.step(kwargs.context.form_view_ref);
    });
    await openEditor();
    await contains(place("Info")).click();
    expect(".o_comm_members").toHaveCount(0);
    await contains(place("Team")).click();
    expect(".o_comm_members_text").toHaveText(
        "Mail kept here is read by Front desk (4) and Ben, and read and changed by Anna."
    );
    await contains(".o_comm_edit_members").click();
    await waitFor(".modal .o_form_view");
    expect(".modal-title").toHaveText("Who may read “Team”");
    expect.verifySteps(["comm_folders.comm_folder_view_form_members"]);
    editor.members = { 31: { read: [], write: [] } };
    await contains(".modal .o_form_button_save").click();
    await waitFor(".o_comm_members_text:contains(Nobody sees this folder)");
});
