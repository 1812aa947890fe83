import { describe, expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import { getService, makeMockEnv, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { user } from "@web/core/user";
import { defineCommModels } from "@comm_folders/../tests/comm_folders_test_helpers";
import { settingsService } from "@comm_folders/settings/settings_service";

describe.current.tags("headless");
defineCommModels();

/** A bus on which the test speaks. */
function fakeBus() {
    const listeners = {};
    return {
        subscribe: (type, callback) => (listeners[type] = callback),
        tell: (type, payload) => listeners[type](payload),
    };
}

test("what the session brought goes before the defaults, and what others stored there is left out", () => {
    patchWithCleanup(user, { settings: { comm_refresh_interval: 5, is_discuss_sidebar_category_chat_open: true } });
    const { settings } = settingsService.start({}, { bus_service: fakeBus() });
    expect(settings.comm_refresh_interval).toBe(5);
    expect(settings.comm_preview_position).toBe("right");
    expect("is_discuss_sidebar_category_chat_open" in settings).toBe(false);
});

test("a change in another window arrives", () => {
    patchWithCleanup(user, {
        settings: {},
        updateUserSettings: (name, value) => expect.step(`${name}: ${value}`),
    });
    const bus = fakeBus();
    const { settings } = settingsService.start({}, { bus_service: bus });
    bus.tell("comm_folders/settings", { comm_preview_position: "below", comm_refresh_interval: 0 });
    expect(settings.comm_preview_position).toBe("below");
    expect(settings.comm_refresh_interval).toBe(0);
    expect.verifySteps(["comm_preview_position: below", "comm_refresh_interval: 0"]);
});

test("a change here is kept on the server", async () => {
    onRpc("res.users.settings", "set_res_users_settings", ({ kwargs }) => {
        expect.step(kwargs.new_settings);
        return {};
    });
    await makeMockEnv();
    await getService("comm_settings").set("comm_preview_position", "off");
    await animationFrame();
    expect(getService("comm_settings").settings.comm_preview_position).toBe("off");
    expect.verifySteps([{ comm_preview_position: "off" }]);
});
