import { EventBus, reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { formatInteger } from "@web/views/fields/formatters";
import { session } from "@web/session";
import { splitAddress } from "@comm_folders/manager/message_format";

// An import commits many times a second; the screens ask for the result now and then.
const GATHER = 1000;
// The code with which Odoo closes a connection whose user was archived or logged out elsewhere.
const SESSION_EXPIRED = 4001;
const GESTURES = ["click", "keydown"];

/**
 * Tells the screens what changed on the server side, at once and gathered: event "news" of `bus` with the ids of folders, and
 * whether the user may read or do something else now (`isStructure`).
 * Keeps the unread mail for the badge, and shows desktop notifications to who wants them.
 */
export const newsService = {
    dependencies: ["bus_service", "orm", "action", "comm_settings"],
    start(env, { bus_service: busService, orm, action, comm_settings: { settings } }) {
        const bus = new EventBus();
        const badge = reactive({ unread: 0, mailboxes: [], ...session.comm_badge });
        let folders = new Set();
        let isStructure = false;
        let timer = undefined;

        async function tell() {
            timer = undefined;
            const detail = { folderIds: [...folders], isStructure };
            folders = new Set();
            isStructure = false;
            bus.trigger("news", detail);
            if (session.comm_badge) {
                Object.assign(badge, await orm.silent.call("comm.mailbox", "get_badge", []));
            }
        }

        /** The one message that came, as its reader may read it; gone again or read elsewhere meanwhile, there is none. */
        async function newest(folderIds) {
            const domain = [
                ["folder_id", "in", folderIds],
                ["is_seen", "=", false],
            ];
            const fields = ["email_from", "subject", "folder_id"];
            const options = { limit: 1, order: "id desc", load: "" };
            const [message] = await orm.silent.searchRead("comm.message", domain, fields, options);
            return message;
        }

        async function notify(count, folderIds) {
            const { Notification } = browser;
            if (!settings.comm_desktop_notification || Notification?.permission !== "granted") {
                return;
            }
            const message = count === 1 ? await newest(folderIds) : undefined;
            const sender = message && splitAddress(message.email_from).name;
            // The same in all windows, so that several of them show one.
            const notification = new Notification(sender || _t("New mail"), {
                body:
                    message?.subject ||
                    (count === 1 ? _t("1 new message") : _t("%s new messages", formatInteger(count))),
                icon: "/comm_folders/static/description/icon.png",
                tag: "comm_folders",
            });
            notification.onclick = () => {
                window.focus();
                const props = message ? { message: { id: message.id, folder_id: message.folder_id } } : {};
                action.doAction("comm_folders.action_manager", { clearBreadcrumbs: true, props });
                notification.close();
            };
        }

        busService.subscribe("comm_folders/news", (news) => {
            news.folders.forEach((id) => folders.add(id));
            isStructure ||= Boolean(news.structure);
            timer ||= browser.setTimeout(tell, GATHER);
            const count = news.new.reduce((sum, { count: more }) => sum + more, 0);
            if (count) {
                notify(
                    count,
                    news.new.map(({ folder_id }) => folder_id)
                );
            }
        });

        // Which mailboxes count was chosen anew.
        // Whoever asks now learns it from Odoo, which leads to the login.
        busService.addEventListener("BUS:DISCONNECT", ({ detail }) => {
            if (detail?.code === SESSION_EXPIRED) {
                bus.trigger("news", { folderIds: [], isStructure: true });
            }
        });
        busService.subscribe("comm_folders/badge", (counted) => Object.assign(badge, counted));

        // Who switches it on is asked by the browser, once; at the next click or key, since some browsers do not show a
        // question that nothing of the user's led to.
        const watched = reactive(settings, () => ask());
        function ask() {
            if (watched.comm_desktop_notification && browser.Notification?.permission === "default") {
                GESTURES.forEach((type) => browser.addEventListener(type, request, { capture: true }));
            }
        }
        function request() {
            GESTURES.forEach((type) => browser.removeEventListener(type, request, { capture: true }));
            if (settings.comm_desktop_notification && browser.Notification.permission === "default") {
                browser.Notification.requestPermission();
            }
        }
        ask();

        return { bus, badge };
    },
};

registry.category("services").add("comm_news", newsService);
