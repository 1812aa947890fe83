import { describe, expect, test } from "@odoo/hoot";
import { CheckTreeModel } from "@comm_mailboxes/check_tree/check_tree_model";
import { compareFolders } from "@comm_mailboxes/folder_dialogs/folder_items";

describe.current.tags("headless");

function makeModel(...paths) {
    const items = paths.map((path) => {
        const cut = path.lastIndexOf("/");
        return { key: path, parentKey: path.slice(0, Math.max(cut, 0)), name: path.slice(cut + 1), path };
    });
    return new CheckTreeModel(items, compareFolders);
}

const shown = (model) => model.rows.map((node) => node.item.path);
const nodeOf = (model, path) => model.nodes.find((node) => node.item.path === path);
const pathsOf = (nodes) => nodes.map((node) => node.item.path);

const CUSTOMERS = [
    "Projects",
    "Customers",
    "Customers/Zürich",
    "Customers/Bern",
    "Customers/Bern/Old",
    "Projects/Bern",
];

test("siblings come in the order of their names, numbers by their value, folders with a role first", () => {
    expect(shown(makeModel("f10", "f9", "Ä", "Z"))).toEqual(["Ä", "f9", "f10", "Z"]);
    const model = new CheckTreeModel(
        [
            { key: 1, name: "Archive", path: "Archive", role: "archive" },
            { key: 2, name: "A", path: "A", role: "" },
            { key: 3, name: "INBOX", path: "INBOX", role: "inbox" },
        ],
        compareFolders
    );
    expect(shown(model)).toEqual(["INBOX", "Archive", "A"]);
});

test("a folder whose parent is unknown stands at the top", () => {
    const model = makeModel("Lost/Folder", "A");
    expect(shown(model)).toEqual(["A", "Lost/Folder"]);
    expect(model.nodes.map((node) => node.level)).toEqual([1, 1]);
});

test("a small tree begins unfolded, a large one folded", () => {
    expect(shown(makeModel(...CUSTOMERS))).toHaveLength(6);
    const many = Array.from({ length: 60 }, (_item, index) => `Customers/${index}`);
    expect(shown(makeModel("Customers", ...many))).toEqual(["Customers"]);
});

test("folding hides what is below and keeps how it was", () => {
    const model = makeModel(...CUSTOMERS);
    model.setExpanded([nodeOf(model, "Customers")], false);
    expect(shown(model)).toEqual(["Customers", "Projects", "Projects/Bern"]);
    model.setExpanded([nodeOf(model, "Customers")], true);
    expect(shown(model)).toInclude("Customers/Bern/Old");
});

test("a search keeps what leads to a hit, and what is below it within reach", () => {
    const model = makeModel(...CUSTOMERS);
    model.search(" bern ");
    expect(shown(model)).toEqual(["Customers", "Customers/Bern", "Projects", "Projects/Bern"]);
    expect(pathsOf(model.found)).toEqual(["Customers/Bern", "Customers/Bern/Old", "Projects/Bern"]);
    model.setExpanded([nodeOf(model, "Customers/Bern")], true);
    expect(shown(model)).toInclude("Customers/Bern/Old");
    expect(pathsOf(model.below(nodeOf(model, "Customers")))).toEqual(["Customers/Bern", "Customers/Bern/Old"]);
    model.search("");
    expect(shown(model)).toHaveLength(6);
});

test("a search looks through accents and at paths", () => {
    const model = makeModel(...CUSTOMERS);
    model.search("zurich");
    expect(shown(model)).toEqual(["Customers", "Customers/Zürich"]);
    model.search("customers/b");
    expect(shown(model)).toEqual(["Customers", "Customers/Bern"]);
    model.search("nothing");
    expect(shown(model)).toEqual([]);
});

test("a search forgets nothing of what was folded before", () => {
    const model = makeModel(...CUSTOMERS);
    model.setExpanded(model.nodes, false);
    model.search("old");
    expect(shown(model)).toEqual(["Customers", "Customers/Bern", "Customers/Bern/Old"]);
    model.search("");
    expect(shown(model)).toEqual(["Customers", "Projects"]);
});
