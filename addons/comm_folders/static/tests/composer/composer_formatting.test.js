import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { press, queryAll, queryFirst, queryOne, queryText, resize, waitFor, waitForNone } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { markup } from "@odoo/owl";
import { contains, patchTranslations } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { defineCommModels } from "@comm_folders/../tests/comm_folders_test_helpers";
import { mountDock, serveComposer } from "@comm_folders/../tests/composer/composer_test_helpers";
import { formatting } from "@comm_folders/composer/composer_formatting";

describe.current.tags("desktop");
defineCommModels();

const BAR = ".o_comm_composer_bar";

beforeEach(() => {
    formatting.isShown = true;
});

async function openWindow(body) {
    serveComposer({ email_to: "ben@example.com" });
    await (await mountDock()).open({ body });
    await waitFor(`${BAR} button[name=bold]`);
    expect.verifySteps(["compose new"]);
}

test("the formatting bar is in sight, also while nothing is selected, and formats", async () => {
    await openWindow("Dear Ben");
    expect(`${BAR}[role=toolbar]`).toHaveAttribute("aria-label", "Formatting");
    expect(queryAll(`${BAR} button[title=''], ${BAR} button:not([title])`)).toHaveLength(0);
    // What is typed next is bold.
    expect(".o_comm_composer_text strong").toHaveCount(0);
    await contains(`${BAR} button[name=bold]`).click();
    expect(".o_comm_composer_text strong").toHaveCount(1);
    // Odoo's own toolbar does not come beside it.
    expect(".o-we-toolbar").toHaveCount(1);
});

test("the button A puts it away and shows it again, for all windows and the next time", async () => {
    await openWindow();
    expect(".o_comm_composer_formatting").toHaveAttribute("aria-pressed", "true");
    await contains(".o_comm_composer_formatting").click();
    expect(BAR).toHaveCount(0);
    expect(".o_comm_composer_formatting").toHaveAttribute("aria-pressed", "false");
    expect(browser.localStorage.getItem("comm_folders.formatting")).toBe("off");
    await contains(".o_comm_composer_formatting").click();
    expect(BAR).toHaveCount(1);
    expect(".modal").toHaveCount(0);
});

test("plain text has no formatting: it stands in the options", async () => {
    await openWindow();
    await contains(".o_comm_composer_options").click();
    expect(queryText(".o_comm_composer_toggle_plain")).toBe("Plain text only");
    await contains(".o_comm_composer_toggle_plain").click();
    await waitFor(".o_comm_composer_plain");
    expect(`${BAR}, .o_comm_composer_formatting`).toHaveCount(0);
});

test("for the keyboard the bar is one stop", async () => {
    await openWindow();
    const buttons = queryAll(`${BAR} button:not(:disabled)`);
    buttons[0].focus();
    await press("ArrowRight");
    expect(buttons[1]).toBeFocused();
    await press("ArrowLeft");
    await press("ArrowLeft");
    expect(buttons.at(-1)).toBeFocused();
    buttons[2].focus();
    await press("Tab");
    expect(queryFirst(".o_comm_composer_send")).toBeFocused();
});

test("its buttons stay where they are, whatever the cursor is in", async () => {
    const places = () => queryAll(`${BAR} button`).map((each) => [each.name, each.getBoundingClientRect().left]);
    await openWindow(markup('<p>Dear Ben</p><h1>Plan</h1><p><a href="https://example.com">There</a></p>'));
    const select = async (selector) => {
        document.getSelection().selectAllChildren(queryFirst(`.o_comm_composer_text ${selector}`));
        await advanceTime(500);
        await animationFrame();
    };
    await select("p");
    const before = places();
    expect(before.map(([name]) => name)).toInclude("unlink");
    expect(`${BAR} button[name=unlink]`).not.toBeEnabled();
    await select("h1");
    expect(places()).toEqual(before);
    await select("a");
    expect(places()).toEqual(before);
    expect(`${BAR} button[name=unlink]`).toBeEnabled();
});

test("on a phone all of its buttons are in sight", async () => {
    await resize({ width: 380, height: 700 });
    await openWindow();
    const { left, right } = queryOne(BAR).getBoundingClientRect();
    for (const button of queryAll(`${BAR} button`)) {
        const box = button.getBoundingClientRect();
        expect(box.left).not.toBeLessThan(left);
        expect(box.right).not.toBeGreaterThan(right);
    }
});

test("Escape in the size closes the list of sizes, and nothing else", async () => {
    await openWindow();
    expect(`${BAR} iframe`).toHaveAttribute("title", "Font size");
    const input = queryOne(`${BAR} iframe`).contentDocument.querySelector("input");
    input.click();
    await waitFor(".o_font_size_selector_menu");
    input.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", cancelable: true }));
    await waitForNone(".o_font_size_selector_menu");
    expect(".o_comm_composer").toHaveCount(1);
});

test("the usual font has a name in the user's language", async () => {
    patchTranslations({ comm_folders: { "Default font": "Standardschrift" } });
    await openWindow();
    expect(`${BAR} button[name=font_family]`).toHaveText("Standardschrift");
});
