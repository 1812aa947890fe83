import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame, press, queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { contains, onRpc } from "@web/../tests/web_test_helpers";
import { defineCommModels, makeTree, openClientAction } from "@comm_folders/../tests/comm_folders_test_helpers";

describe.current.tags("desktop");
defineCommModels();

let editor;

const place = (name) => `.o_comm_places .o_comm_tree_row:contains(${name})`;
const offer = (name) => `.o_comm_offer .o_comm_tree_row:contains(${name})`;

beforeEach(() => {
    const tree = makeTree();
    const entries = [
        ...tree.entries.filter((entry) => entry.scope === "personal"),
        { id: 4, scope: "personal", parent_id: 1, name: "Below", label: "", mailbox_id: false, folder_id: 31 },
    ];
    editor = { ...tree, can_edit: true, icons: [["star", "Star"]], entries };
    onRpc("comm.structure.entry", "get_editor", () => editor);
    for (const method of ["insert", "move", "remove", "rename", "write", "put_back", "take_back"]) {
        onRpc("comm.structure.entry", method, ({ args, kwargs }) => {
            const { anchor_id, mode, with_folder } = kwargs;
            expect.step([method, ...args, anchor_id, mode, with_folder].filter((part) => part !== undefined));
            return method === "remove" ? { scope: "personal" } : 9;
        });
    }
});

async function openEditor() {
    await openClientAction("comm_folders.structure_editor", { scope: "personal" });
}

async function drag(selector) {
    return contains(selector).drag({ dataTransfer: new DataTransfer() });
}

/** Over the upper edge, the middle or the lower edge of a row. */
async function over(helpers, selector, part) {
    const { height } = queryOne(selector).getBoundingClientRect();
    const y = { before: 2, into: height / 2, after: height - 2 }[part];
    await helpers.moveTo(selector, { position: { x: 40, y }, relative: true });
    await animationFrame();
}

test("what is offered is dropped before, after or into a place, and the line shows where", async () => {
    await openEditor();
    for (const mode of ["before", "into", "after"]) {
        const helpers = await drag(offer("Info"));
        await over(helpers, place("Later"), mode);
        expect(`${place("Later")}.o_comm_drop_${mode}`).toHaveCount(1);
        await helpers.drop();
        await expect.waitForSteps([["insert", "personal", { mailbox_id: 2 }, 2, mode]]);
        expect(".o_comm_drop_before, .o_comm_drop_into, .o_comm_drop_after").toHaveCount(0);
    }
});

test("behind an open place means behind all that shows below it", async () => {
    await openEditor();
    const helpers = await drag(place("Later"));
    await over(helpers, place("Office"), "after");
    expect(`${place("Below")}.o_comm_drop_after`).toHaveCount(1);
    await helpers.drop();
    await expect.waitForSteps([["move", [2], 1, "after"]]);
});

test("below the last place means to the end of all, where the last one is already", async () => {
    await openEditor();
    const below = async (helpers) => {
        const { height } = queryOne(".o_comm_places .o_comm_tree").getBoundingClientRect();
        await helpers.moveTo(".o_comm_places .o_comm_tree", { position: { x: 40, y: height - 4 }, relative: true });
        await animationFrame();
        expect(".o_comm_places .o_comm_tree").toHaveClass("o_comm_drop_end");
        await helpers.drop();
    };
    await below(await drag(offer("Info")));
    await expect.waitForSteps([["insert", "personal", { mailbox_id: 2 }, false, "after"]]);
    await below(await drag(place("Office")));
    await expect.waitForSteps([["move", [1], 2, "after"]]);
    await below(await drag(place("Later")));
    expect.verifySteps([]);
});

test("nothing is dropped on itself or below", async () => {
    await openEditor();
    const helpers = await drag(place("Office"));
    await over(helpers, place("Below"), "into");
    expect(`${place("Below")}.o_comm_drop_refused`).toHaveCount(1);
    await helpers.drop();
    await animationFrame();
    expect.verifySteps([]);
});

test("a closed place opens while something hovers over it", async () => {
    await openEditor();
    await contains(`${place("Office")} .o_comm_tree_caret`).click();
    expect(place("Below")).toHaveCount(0);
    const helpers = await drag(offer("Info"));
    await over(helpers, place("Office"), "into");
    await advanceTime(800);
    await animationFrame();
    expect(place("Below")).toHaveCount(1);
    await helpers.cancel();
});

test("what has a place already, and the groups, cannot be dragged", async () => {
    await openEditor();
    expect(queryAllTexts(".o_comm_offer .o_comm_tree_row[draggable=true]")).toEqual(["Info"]);
    expect(queryAllTexts(".o_comm_places .o_comm_tree_row[draggable=true] .o_comm_tree_name")).toEqual([
        "Office with its folders",
        "Below",
        "Later",
    ]);
});

test("who may not edit drags nothing", async () => {
    Object.assign(editor, { can_edit: false, mailboxes: [], folders: [] });
    await openEditor();
    expect(".o_comm_tree_row[draggable=true]").toHaveCount(0);
});

test("the first is dropped where nothing is yet; a new folder is dragged by its label", async () => {
    editor.entries = [];
    await openEditor();
    expect(".o_comm_offer label[draggable=true]").toHaveCount(0);
    await contains("#o_comm_new_folder").edit("Projects", { confirm: false });
    await animationFrame();
    const helpers = await drag(".o_comm_offer label[draggable=true]");
    await helpers.moveTo(".o_comm_empty");
    await helpers.drop();
    await expect.waitForSteps([["insert", "personal", { folder_name: "Projects" }, false, "after"]]);
});

test("Alt and arrows move, and the keyboard stays there", async () => {
    await openEditor();
    queryOne(place("Later")).focus();
    await press(["alt", "ArrowUp"]);
    await expect.waitForSteps([["move", [2], 1, "before"]]);
    await animationFrame();
    expect(place("Later")).toBeFocused();
    await animationFrame();
    await press(["alt", "ArrowDown"]);
    await animationFrame();
    expect.verifySteps([]);
});

test("the last step is undone, whatever it was", async () => {
    await openEditor();
    expect(".o_comm_undo").not.toBeEnabled();

    await contains(place("Later")).click();
    await contains(".o_comm_move_up").click();
    expect(".o_comm_undo").toHaveAttribute("title", "Undo: Move “Later” (Ctrl+Z)");
    await contains(".o_comm_undo").click();
    expect.verifySteps([
        ["move", [2], 1, "before"],
        ["move", [2], 1, "after"],
    ]);
    expect(".o_comm_undo").not.toBeEnabled();

    await contains(".o_comm_remove").click();
    await animationFrame();
    queryOne(place("Office")).focus();
    await press(["ctrl", "z"]);
    await expect.waitForSteps([
        ["remove", [2]],
        ["put_back", { scope: "personal" }],
    ]);

    await contains("#o_comm_new_folder").edit("Projects", { confirm: false });
    await contains(".o_comm_insert").click();
    await contains(".o_comm_undo").click();
    expect.verifySteps([
        ["insert", "personal", { folder_name: "Projects" }, false, "after"],
        ["take_back", [9], true],
    ]);
});

test("icon and colour are chosen, shown, and undone", async () => {
    await openEditor();
    await contains(place("Later")).click();
    await contains(".o_comm_look").click();
    Object.assign(
        editor.entries.find((entry) => entry.id === 2),
        { icon: "star", color: 4 }
    );
    await contains(".o_comm_icon[data-icon=star]").click();
    expect(`${place("Later")} .o_comm_tree_icon`).toHaveClass("fa-star");
    expect(`${place("Later")} .o_comm_tree_icon`).toHaveAttribute("data-color", "4");
    await contains(".o_comm_color[data-color='0']").click();
    expect.verifySteps([
        ["write", [2], { icon: "star" }],
        ["write", [2], { color: 0 }],
    ]);
    await contains(".o_comm_undo").click();
    expect.verifySteps([["write", [2], { icon: "star", color: 4 }]]);
});

test("Escape in the middle of a drag leaves no line", async () => {
    await openEditor();
    const helpers = await drag(offer("Info"));
    const { height } = queryOne(".o_comm_places .o_comm_tree").getBoundingClientRect();
    await helpers.moveTo(".o_comm_places .o_comm_tree", { position: { x: 40, y: height - 4 }, relative: true });
    await animationFrame();
    expect(".o_comm_places .o_comm_tree").toHaveClass("o_comm_drop_end");
    // Browsers tell only where it came from.
    queryOne(offer("Info")).dispatchEvent(new DragEvent("dragend", { bubbles: true }));
    await animationFrame();
    expect(".o_comm_drop_end").toHaveCount(0);
    expect.verifySteps([]);
});
