import { reactive } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";

// As models/res_users_settings.py has them; also what a session that began before the addon was installed goes by.
export const DEFAULTS = {
    comm_refresh_interval: 60,
    comm_preview_position: "right",
    comm_conversations: false,
    comm_mark_read: "at_once",
    comm_mark_read_seconds: 3,
    comm_remote_images: "ask",
    comm_desktop_notification: false,
    comm_badge: true,
};

/**
 * My settings of mail, as a reactive object with the names of the server's fields. What is changed in another window, or on
 * the form, arrives here at once.
 */
export const settingsService = {
    dependencies: ["bus_service"],
    start(env, { bus_service: bus }) {
        const known = Object.entries(user.settings || {}).filter(([name]) => name in DEFAULTS);
        const settings = reactive({ ...DEFAULTS, ...Object.fromEntries(known) });
        bus.subscribe("comm_folders/settings", (changes) => {
            for (const [name, value] of Object.entries(changes)) {
                user.updateUserSettings(name, value);
                if (name in DEFAULTS) {
                    settings[name] = value;
                }
            }
        });
        return {
            settings,
            /** Change one of my settings here, and keep it. */
            async set(name, value) {
                settings[name] = value;
                await user.setUserSettings(name, value);
            },
        };
    },
};

registry.category("services").add("comm_settings", settingsService);
