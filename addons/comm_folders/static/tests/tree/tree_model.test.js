import { describe, expect, test } from "@odoo/hoot";
import {
    buildOffer,
    buildPlaces,
    buildStructure,
    findPath,
    unreadOf,
    visibleRows,
} from "@comm_folders/tree/tree_model";
import { makeFolder, makeTree } from "@comm_folders/../tests/comm_folders_test_helpers";

describe.current.tags("headless");

/** The names of all nodes, indented by one dot a level. */
function outline(nodes, indent = "") {
    return nodes.flatMap((node) => [indent + node.name, ...outline(node.children, `${indent}.`)]);
}

test("a mailbox shows its folders below it, a folder made by hand stands alone", () => {
    expect(outline(buildStructure(makeTree(), "personal"))).toEqual([
        "Office",
        ".Inbox",
        ".Projects",
        "..Alpha",
        "Later",
    ]);
    expect(outline(buildStructure(makeTree(), "shared"))).toEqual(["Info", ".Inbox"]);
});

test("what the user put below a mailbox comes before its server folders", () => {
    const tree = makeTree();
    tree.entries[1].parent_id = 1;
    expect(outline(buildStructure(tree, "personal"))).toEqual(["Office", ".Later", ".Inbox", ".Projects", "..Alpha"]);
});

test("a folder whose parent is not shown hangs at the top of its mailbox", () => {
    const tree = makeTree();
    tree.folders.push(makeFolder({ id: 13, name: "Lost", parent_id: 99 }));
    expect(outline(buildStructure(tree, "personal"))).toInclude(".Lost");
});

test("the same folder in two places has two keys", () => {
    const tree = makeTree();
    tree.entries.push({ id: 4, scope: "personal", parent_id: false, name: "Alpha", mailbox_id: false, folder_id: 12 });
    const keys = [];
    findPath(buildStructure(tree, "personal"), (node) => {
        keys.push(node.key);
        return false;
    });
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.filter((key) => key.endsWith("folder-12"))).toHaveLength(1);
    expect(keys).toInclude("entry-4");
});

test("places alone: the editor shows no server folders", () => {
    expect(outline(buildPlaces(makeTree(), "personal"))).toEqual(["Office", "Later"]);
});

test("places of folders that the editor may not read are kept", () => {
    const tree = { ...makeTree(), folders: [], mailboxes: [] };
    expect(outline(buildPlaces(tree, "personal"))).toEqual(["Office", "Later"]);
});

test("the offer: mailboxes with their folders, and folders made by hand", () => {
    const { mailboxes, handMade } = buildOffer(makeTree());
    expect(outline(mailboxes)).toEqual(["Office", ".Inbox", ".Projects", "..Alpha", "Info", ".Inbox"]);
    expect(outline(handMade)).toEqual(["Later"]);
});

test("rows show as far as nodes are expanded", () => {
    const nodes = buildStructure(makeTree(), "personal");
    const names = (expanded) => visibleRows(nodes, new Set(expanded)).map((row) => `${row.level}${row.node.name}`);
    expect(names([])).toEqual(["1Office", "1Later"]);
    expect(names(["entry-1"])).toEqual(["1Office", "2Inbox", "2Projects", "1Later"]);
    // A level that is open below one that is closed stays hidden.
    expect(names(["entry-1/folder-11"])).toEqual(["1Office", "1Later"]);
});

test("unread counts add up where the levels below do not show, each folder once", () => {
    const tree = makeTree();
    tree.entries.push({ id: 4, scope: "personal", parent_id: 1, name: "Alpha", mailbox_id: false, folder_id: 12 });
    const [office] = buildStructure(tree, "personal");
    expect(unreadOf(office, true)).toBe(3);
    expect(unreadOf(office, false)).toBe(0);
});
