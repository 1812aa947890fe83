import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { resize, waitFor } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { contains, mockService, onRpc } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import {
    defineCommModels,
    makeMessage,
    makePage,
    messageRow,
    mockReading,
    openManager,
    treeRow,
} from "@comm_folders/../tests/comm_folders_test_helpers";
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
