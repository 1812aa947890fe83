import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { edit, resize, waitFor, waitForNone } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { contains, getService, mockService, onRpc } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import {
    defineCommModels,
    makeMessage,
    makePage,
    makeTree,
    messageRow,
    mockReading,
    openManager,
    treeRow,
} from "@comm_folders/../tests/comm_folders_test_helpers";
import { serveComposer } from "@comm_folders/../tests/composer/composer_test_helpers";
import { DEFAULTS } from "@comm_folders/settings/settings_service";

describe.current.tags("desktop");
defineCommModels();

beforeEach(() => {
    mockReading();
    onRpc("comm.folder", "get_page", () => makePage([makeMessage(1), makeMessage(2)]));
});

const depth = () => browser.history.state?.commDepth || 0;

async function open() {
    await openManager();
    await waitFor(".o_comm_folder_tree");
    await advanceTime(200);
}

async function go(step) {
    browser.history.go(step);
    await animationFrame();
    await animationFrame();
}

/** Another screen, as the settings or a linked record are. */
async function openOther() {
    onRpc("comm.structure.entry", "get_editor", () => ({ ...makeTree(), can_edit: true }));
    const action = { type: "ir.actions.client", tag: "comm_folders.structure_editor", params: { scope: "personal" } };
    await getService("action").doAction(action);
    await advanceTime(200);
    expect(".o_comm_manager").toHaveCount(0);
}

/** As the menu does. */
async function beginAnew() {
    const action = { type: "ir.actions.client", tag: "comm_folders.manager", name: "Test" };
    await getService("action").doAction(action, { clearBreadcrumbs: true });
    await waitFor(".o_comm_folder_tree");
    await advanceTime(200);
    await animationFrame();
}

/** To an entry of a screen that is not there: it needs a moment to come and to write its entry. */
async function goToScreen(step) {
    await go(step);
    await waitFor(".o_comm_manager");
    await advanceTime(200);
    await animationFrame();
}

async function openMessage(id) {
    await contains(messageRow(id)).click();
    await waitFor(`.o_comm_message_body:contains(Body of ${id})`);
}

test("on a phone Back leads from the message to the list and to the folders", async () => {
    await resize({ width: 380, height: 700 });
    await open();
    await contains(treeRow("Inbox")).click();
    await openMessage(1);
    expect(depth()).toBe(2);
    await go(-1);
    expect(".o_comm_pane_list").toBeVisible();
    expect(".o_comm_message_body").toHaveCount(0);
    expect(depth()).toBe(1);
    await go(-1);
    expect(".o_comm_folder_tree").toBeVisible();
    expect(depth()).toBe(0);
    await go(1);
    expect(".o_comm_pane_list").toBeVisible();
    await go(1);
    await waitFor(".o_comm_message_body:contains(Body of 1)");
});

test("the Manager's own way back is the same as the browser's", async () => {
    await resize({ width: 380, height: 700 });
    await open();
    await contains(treeRow("Inbox")).click();
    await openMessage(1);
    await contains(".o_comm_message_preview .o_comm_back").click();
    await animationFrame();
    expect(depth()).toBe(1);
    await openMessage(2);
    expect(depth()).toBe(2);
    await go(-1);
    await go(-1);
    expect(".o_comm_folder_tree").toBeVisible();
});

test("without a preview Back leads to the list, and beside the list there is nothing to go back from", async () => {
    const settings = { ...DEFAULTS, comm_preview_position: "off" };
    mockService("comm_settings", { settings, set: () => {} });
    await open();
    await openMessage(1);
    expect(depth()).toBe(1);
    await go(-1);
    expect(".o_comm_pane_list").toBeVisible();
    expect(depth()).toBe(0);
});

test("where all panes are in sight the browser's history is left alone", async () => {
    await open();
    const { length } = browser.history;
    await openMessage(1);
    expect(browser.history.length).toBe(length);
    expect(depth()).toBe(0);
});

test("Back from another screen shows the message that was open, and leads on from there", async () => {
    await resize({ width: 380, height: 700 });
    await open();
    await contains(treeRow("Inbox")).click();
    await openMessage(1);
    await openOther();
    await goToScreen(-1);
    await waitFor(".o_comm_message_body:contains(Body of 1)");
    expect(".o_comm_pane_list").not.toBeVisible();
    expect(depth()).toBe(2);
    await go(-1);
    expect(".o_comm_pane_list").toBeVisible();
    await go(-1);
    expect(".o_comm_folder_tree").toBeVisible();
    expect(depth()).toBe(0);
});

test("without a preview Back from another screen shows the message, and the next one the list", async () => {
    const settings = { ...DEFAULTS, comm_preview_position: "off" };
    mockService("comm_settings", { settings, set: () => {} });
    await open();
    await openMessage(2);
    await openOther();
    await goToScreen(-1);
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    expect(depth()).toBe(1);
    await go(-1);
    expect(".o_comm_pane_list").toBeVisible();
    expect(depth()).toBe(0);
});

test("beside the list Back from another screen shows the message and what was searched", async () => {
    await open();
    await contains(".o_comm_search_input").edit("plan");
    await openMessage(2);
    await openOther();
    await goToScreen(-1);
    await waitFor(".o_comm_message_body:contains(Body of 2)");
    expect(".o_comm_search_input").toHaveValue("plan");
});

test("an entry that the browser brings back by itself, as a reload does, shows what was there", async () => {
    await resize({ width: 380, height: 700 });
    await open();
    await openOther();
    await beginAnew();
    await contains(treeRow("Inbox")).click();
    await openMessage(1);
    await go(-3);
    await waitForNone(".o_comm_manager");
    await goToScreen(3);
    await waitFor(".o_comm_message_body:contains(Body of 1)");
    expect(depth()).toBe(2);
    await go(-1);
    expect(".o_comm_pane_list").toBeVisible();
});

test("the menu of the Manager begins anew, without a dead step", async () => {
    await resize({ width: 380, height: 700 });
    await open();
    await contains(treeRow("Inbox")).click();
    await openMessage(1);
    await beginAnew();
    expect(".o_comm_folder_tree").toBeVisible();
    expect(".o_comm_message_body").toHaveCount(0);
    expect(depth()).toBe(0);
});

test("on a phone Back puts the window to write in aside, with its draft, before the panes that it covers", async () => {
    await resize({ width: 380, height: 700 });
    const server = serveComposer();
    await open();
    await contains(treeRow("Inbox")).click();
    await contains(".o_comm_new_floating").click();
    await waitFor(".o_comm_composer_large");
    await animationFrame();
    expect(depth()).toBe(2);
    await contains(".o_comm_composer_subject").click();
    await edit("Half a word");
    await go(-1);
    await waitFor(".o_comm_composer_folded");
    expect(server.saved.map(({ subject }) => subject)).toEqual(["Half a word"]);
    expect(".o_comm_pane_list").toBeVisible();
    expect(depth()).toBe(1);
    // Unfolded, it covers them again.
    await contains(".o_comm_composer_fold").click();
    await animationFrame();
    expect(depth()).toBe(2);
    await contains(".o_comm_composer_fold").click();
    await animationFrame();
    await animationFrame();
    expect(depth()).toBe(1);
    await go(-1);
    expect(".o_comm_folder_tree").toBeVisible();
    expect.verifySteps(["compose new"]);
});

test("a window in which nothing was written goes with Back", async () => {
    await resize({ width: 380, height: 700 });
    serveComposer();
    await open();
    await contains(".o_comm_new_floating").click();
    await waitFor(".o_comm_composer_large");
    await animationFrame();
    await go(-1);
    expect(".o_comm_composer").toHaveCount(0);
    expect(".o_comm_folder_tree").toBeVisible();
    expect(depth()).toBe(0);
    expect.verifySteps(["compose new"]);
});

test("where there is room for both, Back has nothing to do with the window", async () => {
    serveComposer();
    await open();
    const { length } = browser.history;
    await contains(".o_control_panel .o_comm_tool:contains(New)").click();
    await waitFor(".o_comm_composer");
    expect(browser.history.length).toBe(length);
    expect.verifySteps(["compose new"]);
});
