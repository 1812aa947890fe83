import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { drag, press, queryAll, queryOne, queryRect, waitFor } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { contains, mockService, onRpc } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import {
    defineCommModels,
    makeMessage,
    makePage,
    mockReading,
    openManager,
} from "@comm_folders/../tests/comm_folders_test_helpers";
import { loadSizes } from "@comm_folders/manager/pane_resizer";
import { DEFAULTS } from "@comm_folders/settings/settings_service";

describe.current.tags("desktop");
defineCommModels();

beforeEach(() => {
    mockReading();
    onRpc("comm.folder", "get_page", () => makePage([makeMessage(1), makeMessage(2)]));
});

async function openWith(position) {
    mockService("comm_settings", { settings: { ...DEFAULTS, comm_preview_position: position }, set: () => {} });
    await openManager();
    await waitFor(".o_comm_message");
}

test("the preview stands at the right of the list", async () => {
    await openWith("right");
    expect(queryRect(".o_comm_pane_preview").left).toBeGreaterThan(queryRect(".o_comm_pane_list").right - 1);
    expect(queryRect(".o_comm_pane_preview").top).toBe(queryRect(".o_comm_pane_list").top);
});

test("the preview stands below the list", async () => {
    await openWith("below");
    expect(queryRect(".o_comm_pane_preview").top).toBeGreaterThan(queryRect(".o_comm_pane_list").bottom - 1);
    expect(queryRect(".o_comm_pane_preview").left).toBe(queryRect(".o_comm_pane_list").left);
});

test("above the preview a message takes one line, and its menu opens below that", async () => {
    await openWith("below");
    const [row, next] = queryAll(".o_comm_message");
    expect(Math.round(queryRect(row).height)).toBe(40);
    expect(Math.round(queryRect(next).top - queryRect(row).top)).toBe(40);
    const parts = ["from", "subject", "snippet"].map((name) => queryRect(row.querySelector(`.o_comm_message_${name}`)));
    parts.push(queryRect(row.querySelector("time")));
    parts.slice(1).forEach((part, place) => expect(part.left).toBeGreaterThan(parts[place].right - 1));
    parts.forEach((part) => expect(part.top).toBeWithin(queryRect(row).top, queryRect(row).bottom));
    expect(queryRect(".o_comm_pane_list").height).toBeGreaterThan(queryRect(".o_comm_pane_preview").height * 0.9);
});

test("a pane that gets its own size again takes nothing from the preview: the list gives way", async () => {
    browser.localStorage.setItem("comm_folders.panes", JSON.stringify({ tree: 200, list: 2000 }));
    await openWith("right");
    expect(queryRect(".o_comm_pane_preview").width).toBeGreaterThan(270);
    await contains(".o_comm_resizer:first").dblclick();
    expect(queryRect(".o_comm_pane_preview").width).toBeGreaterThan(270);
    expect(queryRect(".o_comm_pane_list").width).toBeGreaterThan(239);
});

test("the narrowest tree leaves room for names, since the button that does not show takes none", async () => {
    browser.localStorage.setItem("comm_folders.panes", JSON.stringify({ tree: 200 }));
    await openWith("right");
    await contains(".o_comm_resizer:first").focus();
    await press("ArrowLeft");
    await animationFrame();
    expect(queryRect(".o_comm_pane_tree").width).toBe(200);
    expect(queryRect(".o_comm_tree_row:contains(Inbox):first .o_comm_tree_name").width).toBeGreaterThan(70);
});

test("without a preview a click opens the message in the place of the list", async () => {
    await openWith("off");
    expect(".o_comm_pane_preview").not.toBeVisible();
    await contains(".o_comm_message:first").click();
    await waitFor(".o_comm_message_body");
    expect(".o_comm_pane_list").not.toBeVisible();
    expect(".o_comm_pane_tree").toBeVisible();
    await contains(".o_comm_message_preview .o_comm_back").click();
    expect(".o_comm_pane_list").toBeVisible();
});

test("panes are sized by the keyboard, and that is remembered", async () => {
    await openWith("right");
    const before = queryRect(".o_comm_pane_tree").width;
    queryOne(".o_comm_resizer:first").focus();
    await press("ArrowRight");
    await animationFrame();
    expect(queryRect(".o_comm_pane_tree").width).toBe(Math.round(before + 16));
    expect(loadSizes().tree).toBe(Math.round(before + 16));
    expect(".o_comm_resizer:first").toHaveAttribute("aria-valuenow", String(Math.round(before + 16)));
    await contains(".o_comm_resizer:first").dblclick();
    expect(queryRect(".o_comm_pane_tree").width).toBe(before);
    expect(loadSizes().tree).toBe(undefined);
});

test("panes are sized by the mouse, and never out of sight", async () => {
    await openWith("right");
    const { drop } = await drag(".o_comm_resizer:first");
    await drop(".o_comm_pane_preview", { position: "right" });
    await animationFrame();
    const wide = queryRect(".o_comm_pane_tree").width;
    expect(wide).toBeGreaterThan(320);
    expect(queryRect(".o_comm_reading").width).toBeGreaterThan(250);
});

test("what another program left in the browser's memory does not matter", () => {
    browser.localStorage.setItem("comm_folders.panes", "{broken");
    expect(loadSizes()).toEqual({});
    browser.localStorage.setItem("comm_folders.panes", '{"tree":"x","list":300,"other":1}');
    expect(loadSizes()).toEqual({ tree: undefined, list: 300, listHeight: undefined });
});

test("which folders are open is remembered", async () => {
    await openWith("right");
    const caret = ".o_comm_tree_row:contains(Projects) .o_comm_tree_caret";
    await contains(caret).click();
    await waitFor(".o_comm_tree_row:contains(Alpha)");
    await animationFrame();
    expect(browser.localStorage.getItem("comm_folders.tree")).toInclude("entry-1/folder-11");
});

for (const [title, known, count] of [
    ["a mailbox that somebody closed stays closed", ["entry-1"], 0],
    ["a mailbox that came later is open", [], 1],
]) {
    test(title, async () => {
        const expanded = ["group-personal", "group-shared"];
        browser.localStorage.setItem("comm_folders.tree", JSON.stringify({ expanded, known }));
        await openWith("right");
        expect(".o_comm_tree_row:contains(Projects)").toHaveCount(count);
    });
}
