import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, edit, press, queryAll, queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { Component, useState, xml } from "@odoo/owl";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { contains, mountWithCleanup } from "@web/../tests/web_test_helpers";

import { CheckTree } from "@comm_mailboxes/check_tree/check_tree";
import { CheckTreeModel } from "@comm_mailboxes/check_tree/check_tree_model";

describe.current.tags("desktop");
// The client's services ask for them.
defineMailModels();

/** A parent as the dialogs are. */
class Parent extends Component {
    static components = { CheckTree };
    static props = { paths: Array };
    static template = xml`
        <CheckTree model="model" choice="choice" label="'Folders'" iconOf="() => 'fa-folder-o'">
            <t t-set-slot="summary"><t t-out="state.checked.length"/> checked</t>
        </CheckTree>`;

    setup() {
        const items = this.props.paths.map((path) => {
            const cut = path.lastIndexOf("/");
            return { key: path, parentKey: path.slice(0, Math.max(cut, 0)), name: path.slice(cut + 1), path };
        });
        this.model = new CheckTreeModel(items, (a, b) => items.indexOf(a) - items.indexOf(b));
        this.state = useState({ checked: [] });
        this.choice = {
            canCheck: (node) => !node.item.name.startsWith("Container"),
            isLocked: (node) => node.item.name.startsWith("Locked"),
            isChecked: (node) => this.state.checked.includes(node.item.path),
            isOffered: (node) => !node.item.name.startsWith("Calendar"),
            set: (nodes, isChecked) => {
                const paths = nodes.map((node) => node.item.path);
                const others = this.state.checked.filter((path) => !paths.includes(path));
                this.state.checked = isChecked ? [...others, ...paths] : others;
            },
        };
    }
}

const PATHS = ["A", "Container", "Container/B", "Container/Calendar", "Container/Locked", "Container/D/E", "Z"];
let parent;

const row = (path) => `.o_check_tree_row[data-path="${path}"]`;
const active = () => queryOne(".o_check_tree_active").dataset.path;
const checked = () => [...parent.state.checked].sort();

async function mount(...paths) {
    parent = await mountWithCleanup(Parent, { props: { paths } });
    await animationFrame();
}

async function focusTree() {
    queryOne(".o_check_tree_rows").focus();
    await animationFrame();
}

async function pressAll(...keys) {
    for (const key of keys) {
        await press(key);
        await animationFrame();
    }
}

beforeEach(() => {
    parent = undefined;
});

test("a click checks, a folder that cannot be checked has no checkbox and folds", async () => {
    await mount(...PATHS);
    await contains(`${row("A")} input`).click();
    expect(checked()).toEqual(["A"]);
    expect(`${row("A")} input`).toBeChecked();
    await contains(row("A")).click();
    expect(checked()).toEqual([]);
    expect(`${row("A")} input`).not.toBeChecked();

    expect(`${row("Container")} input`).toHaveCount(0);
    expect(row("Container")).toHaveClass("text-muted");
    await contains(row("Container")).click();
    expect(row("Container/B")).toHaveCount(0);
    expect(checked()).toEqual([]);
});

test("a locked folder keeps its state", async () => {
    await mount(...PATHS);
    expect(`${row("Container/Locked")} input`).not.toBeEnabled();
    await contains(row("Container/Locked")).click();
    expect(checked()).toEqual([]);
});

test("select all below takes what is offered; the rest can be checked by hand", async () => {
    await mount(...PATHS);
    // The button shows on the row under the mouse and on the one in focus; only the latter can be played here.
    await focusTree();
    await pressAll("ArrowDown");
    await contains(`${row("Container")} .o_check_tree_below`).click();
    expect(checked()).toEqual(["Container/B"]);
    expect(`${row("Container")} .o_check_tree_below`).toHaveText("Clear all below");
    await contains(row("Container/Calendar")).click();
    expect(checked()).toEqual(["Container/B", "Container/Calendar"]);
    await focusTree();
    await pressAll("Home", "ArrowDown");
    await contains(`${row("Container")} .o_check_tree_below`).click();
    expect(checked()).toEqual([]);
    expect(`${row("A")} .o_check_tree_below`).toHaveCount(0, { message: "nothing is below" });
});

test("select all takes the result of the search only", async () => {
    await mount(...PATHS);
    await click(".o_check_tree_search");
    await edit("b");
    await animationFrame();
    expect(queryAllTexts(".o_check_tree_name")).toEqual(["Container", "B"]);
    expect(row("Container")).toHaveClass("text-muted");
    await contains(".o_check_tree_all").click();
    expect(checked()).toEqual(["Container/B"]);
    expect(".o_check_tree_all").toHaveText("Clear all");
    await click(".o_check_tree_search");
    await edit("nothing");
    await animationFrame();
    expect(".o_check_tree_rows").toHaveText("No folder matches.");
    expect(".o_check_tree_all").not.toBeEnabled();
});

test("the keyboard walks, folds and checks", async () => {
    await mount(...PATHS);
    await focusTree();
    expect(active()).toBe("A");
    await pressAll("Space", "ArrowDown", "ArrowDown", "Space");
    expect(checked()).toEqual(["A", "Container/B"]);
    expect(active()).toBe("Container/B");
    await pressAll("ArrowLeft");
    expect(active()).toBe("Container");
    await pressAll("ArrowLeft");
    expect(row("Container/B")).toHaveCount(0);
    expect(row("Container")).toHaveAttribute("aria-expanded", "false");
    await pressAll("ArrowDown");
    expect(active()).toBe("Container/D/E");
    await pressAll("ArrowUp", "ArrowRight");
    expect(row("Container")).toHaveAttribute("aria-expanded", "true");
    await pressAll("ArrowRight");
    expect(active()).toBe("Container/B");
    await pressAll("End");
    expect(active()).toBe("Z");
    await pressAll("ArrowDown");
    expect(active()).toBe("Z");
    await pressAll("Home");
    expect(active()).toBe("A");
    const id = queryOne(".o_check_tree_active").id;
    expect(".o_check_tree_rows").toHaveAttribute("aria-activedescendant", id);
    expect(row("A")).toHaveAttribute("aria-checked", "true");
});

test("Tab reaches the button of the row in focus, letters reach the search, Arrow down the tree", async () => {
    await mount(...PATHS);
    await focusTree();
    await pressAll("ArrowDown", "Tab");
    expect(`${row("Container")} .o_check_tree_below`).toBeFocused();
    await pressAll("Enter");
    expect(checked()).toEqual(["Container/B"]);
    expect(".o_check_tree_rows").toBeFocused();
    await pressAll("z");
    expect(".o_check_tree_search").toBeFocused();
    // A browser types the letter into the field that has the focus by now.
    await edit("z");
    await animationFrame();
    await pressAll("ArrowDown");
    expect(".o_check_tree_rows").toBeFocused();
    expect(active()).toBe("Z");
});

test("Escape empties the search and goes no further, an empty one lets it pass", async () => {
    await mount(...PATHS);
    await click(".o_check_tree_search");
    await edit("z");
    await animationFrame();
    document.addEventListener("keydown", (ev) => expect.step(ev.key), { once: true });
    await pressAll("Escape");
    expect(".o_check_tree_search").toHaveValue("");
    expect(queryAll(".o_check_tree_row")).toHaveLength(PATHS.length);
    expect.verifySteps([]);
    await pressAll("Escape");
    expect.verifySteps(["Escape"]);
});

test("of 5,000 folders only those in sight are drawn", async () => {
    const paths = [];
    for (let top = 0; top < 50; top++) {
        paths.push(`f${top}`, ...Array.from({ length: 99 }, (_item, index) => `f${top}/${index}`));
    }
    await mount(...paths);
    expect(parent.model.rows).toHaveLength(50, { message: "folded" });
    await contains(".o_check_tree button[title='Expand all']").click();
    expect(parent.model.rows).toHaveLength(5000);
    expect(queryAll(".o_check_tree_row").length).toBeLessThan(200);
    await focusTree();
    await pressAll("End");
    await animationFrame();
    expect(active()).toBe("f49/98");
    await contains(".o_check_tree_all").click();
    expect(checked()).toHaveLength(5000);
});
