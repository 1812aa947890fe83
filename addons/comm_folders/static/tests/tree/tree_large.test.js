import { describe, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame, press, queryAll, queryOne, queryRect } from "@odoo/hoot-dom";
import { contains, onRpc } from "@web/../tests/web_test_helpers";
import {
    defineCommModels,
    makeFolder,
    makePage,
    makeTree,
    openManager,
    treeRow,
} from "@comm_folders/../tests/comm_folders_test_helpers";
import { Typeahead } from "@comm_folders/tree/typeahead";

describe.current.tags("desktop");
defineCommModels();

function makeLargeTree(count) {
    const tree = makeTree();
    for (let number = 1; number <= count; number++) {
        tree.folders.push(makeFolder({ id: 1000 + number, name: `Folder ${String(number).padStart(5, "0")}` }));
    }
    return tree;
}

async function open(tree) {
    onRpc("comm.folder", "get_page", () => makePage([]));
    await openManager(tree);
    await animationFrame();
}

test("of 5,000 folders a part is drawn, and the keyboard reaches the last one", async () => {
    await open(makeLargeTree(5000));
    expect(queryAll(".o_comm_tree_row").length).toBeLessThan(400);
    expect(treeRow("Folder 05000")).toHaveCount(0);
    queryOne(".o_comm_tree_row:first").focus();
    // Below the mailbox follow a folder made by hand and the shared structure.
    await press("End");
    await animationFrame();
    await animationFrame();
    await press("f");
    await animationFrame();
    expect(queryAll(".o_comm_tree_row").length).toBeLessThan(400);
    for (const key of "older 0499") {
        await press(key);
    }
    await animationFrame();
    await animationFrame();
    expect(treeRow("Folder 04990")).toBeFocused();
});

test("what is drawn follows the scrolling, and the bar is as long as all of it", async () => {
    await open(makeLargeTree(5000));
    const scroller = queryOne(".o_comm_folder_tree");
    const { height } = queryRect(treeRow("Inbox"));
    expect(scroller.scrollHeight).toBeGreaterThan(5000 * height);
    await contains(".o_comm_folder_tree").scroll({ y: 2500 * height });
    await animationFrame();
    await animationFrame();
    const visible = queryAll(".o_comm_tree_row").filter((element) => {
        const rect = element.getBoundingClientRect();
        const frame = scroller.getBoundingClientRect();
        return rect.bottom > frame.top && rect.top < frame.bottom;
    });
    expect(visible.length).toBeGreaterThan(3);
    expect(visible[0].textContent).toMatch(/Folder 02[45]/);
});

test("letters find a row by its name; after a click they are not the tree's", async () => {
    await open(makeTree());
    queryOne(treeRow("Office")).focus();
    await press("l");
    await animationFrame();
    expect(treeRow("Later")).toBeFocused();
    await advanceTime(1000);
    await press("o");
    await animationFrame();
    expect(treeRow("Office")).toBeFocused();

    await contains(treeRow("Office")).click();
    queryOne(treeRow("Office")).focus();
    await advanceTime(1000);
    await press("l");
    await animationFrame();
    expect(treeRow("Later")).not.toBeFocused();
});

test("one letter again goes to the next, several narrow it down", () => {
    const rows = ["Archive", "Alpha", "Ärger", "Beta"].map((name) => ({ node: { name } }));
    const typed = new Typeahead();
    expect(typed.find("a", rows, 0)).toBe(1);
    expect(typed.find("a", rows, 1)).toBe(2);
    expect(typed.find("a", rows, 2)).toBe(0);
    const word = new Typeahead();
    expect(word.find("a", rows, 3)).toBe(0);
    expect(word.find("l", rows, 0)).toBe(1);
    expect(word.find("x", rows, 1)).toBe(-1);
    expect(new Typeahead().find("ArrowDown", rows, 0)).toBe(undefined);
    expect(new Typeahead().find(" ", rows, 0)).toBe(undefined);
});

test("a name of 300 characters takes one line", async () => {
    const tree = makeTree();
    const name = "W".repeat(300);
    tree.folders.push(makeFolder({ id: 40, name }));
    tree.entries[0].name = name;
    await open(tree);
    const scroller = queryOne(".o_comm_folder_tree");
    expect(scroller.scrollWidth).toBe(scroller.clientWidth);
    for (const element of queryAll(treeRow("WWW"))) {
        expect(element.getBoundingClientRect().height).toBeLessThan(50);
        expect(element.querySelector(".o_comm_tree_name").title).toBe(name);
    }
});

test("a folder that was deleted while it was open is closed, and the tree goes on", async () => {
    const tree = makeTree();
    await open(tree);
    expect(".o_comm_list_title").toHaveText("Inbox");
    tree.folders = tree.folders.filter(({ id }) => id !== 10);
    onRpc("comm.mailbox", "refresh_folders", () => 3);
    await contains(`${treeRow("Office")} .o_comm_tree_menu`).click();
    await contains(".o_comm_folder_tree_menu .o-dropdown-item:contains(Refresh folder structure)").click();
    await animationFrame();
    expect(`${treeRow("Office")}`).toHaveCount(1);
    expect(".o_comm_message").toHaveCount(0);
    await contains(treeRow("Later")).click();
    expect(".o_comm_list_title").toHaveText("Later");
});
