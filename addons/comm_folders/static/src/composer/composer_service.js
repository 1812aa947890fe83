import { EventBus, reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { ComposerDock } from "@comm_folders/composer/composer_dock";
import { ComposerModel } from "@comm_folders/composer/composer_model";

// From when a window is there until it has the keyboard.
const SETTLING = 500;

/**
 * @typedef {Object} ComposerParams
 * @property {"new"|"reply"|"reply_all"|"forward"|"forward_attachment"|"draft"} [mode] "new" by default
 * @property {number} [messageId] the message that is answered, forwarded or, as a draft, written on
 * @property {string} [to] addresses, as in a header; so are cc and bcc
 * @property {string} [cc]
 * @property {string} [bcc]
 * @property {string} [subject]
 * @property {string|ReturnType<import("@odoo/owl").markup>} [body] plain text, or HTML as markup
 * @property {Function} [fallback] called instead when this user has no mailbox to send with
 */

/** Windows to write mail in, wherever in Odoo the user is: they stay when the screen below them changes. */
export const composerService = {
    dependencies: ["action", "file_upload", "notification", "orm"],

    start(env, services) {
        const dock = reactive({ composers: [] });
        // Event "leave": messages, by their ids, are about to leave the drafts, as their author wants it.
        const bus = new EventBus();
        const onLeave = (...ids) => bus.trigger("leave", { ids });
        let lastId = 0;
        let waiting = 0;
        // Where the keyboard was when a window was opened.
        const openers = new Map();
        // Drafts that are on their way into a window, by their ids.
        const opening = new Map();

        registry.category("main_components").add("comm_folders.ComposerDock", {
            Component: ComposerDock,
            props: { dock, close: (composer) => remove(composer) },
        });

        function remove(composer) {
            composer.stop();
            const { activeElement, body } = document;
            if (activeElement === body || activeElement?.closest(".o_comm_composer_dock")) {
                openers.get(composer.id)?.focus();
            }
            openers.delete(composer.id);
            dock.composers = dock.composers.filter(({ id }) => id !== composer.id);
        }

        function show(composer) {
            for (const other of dock.composers) {
                other.isMinimized = other.id !== composer.id && (other.isMinimized || other.isMaximized);
            }
            composer.isMinimized = false;
        }

        /** Out of the way, kept as a draft; gone where nothing was written. */
        function putAside(composer) {
            composer.takeTyped();
            if (composer.isDirty || composer.draftId || composer.isSending) {
                composer.isMinimized = true;
                composer.saveByItself();
            } else {
                remove(composer);
            }
        }

        function askForMailbox() {
            const close = services.notification.add(
                _t("You have no outgoing mailbox. Create one first, or ask for the right on one."),
                {
                    type: "warning",
                    sticky: true,
                    buttons: [
                        {
                            name: _t("My Mailboxes"),
                            primary: true,
                            onClick: () => {
                                close();
                                services.action.doAction("comm_mailboxes.action_my_mailboxes");
                            },
                        },
                    ],
                }
            );
        }

        /**
         * Open a window to write in.
         *
         * @param {ComposerParams} [params]
         * @returns {Promise<ComposerModel|undefined>}
         */
        async function open(params = {}) {
            service.isOpening = ++waiting > 0;
            try {
                return await (params.mode === "draft" ? openDraft(params) : openWindow(params));
            } finally {
                browser.setTimeout(() => (service.isOpening = --waiting > 0), SETTLING);
            }
        }

        /** Two windows would write over each other, also where both are asked for at once. */
        function openDraft(params) {
            const id = params.messageId;
            const known = dock.composers.find(({ draftId }) => draftId === id);
            if (known) {
                show(known);
                return known;
            }
            if (!opening.has(id)) {
                opening.set(
                    id,
                    openWindow(params).finally(() => opening.delete(id))
                );
            }
            return opening.get(id);
        }

        async function openWindow(params) {
            const opener = document.activeElement;
            const composer = new ComposerModel(++lastId, params, { ...services, onLeave });
            await composer.load();
            if (!composer.mailboxes.length) {
                (params.fallback || askForMailbox)();
                return undefined;
            }
            openers.set(composer.id, opener);
            dock.composers.push(composer);
            const shown = dock.composers.at(-1);
            show(shown);
            return shown;
        }

        // While one opens, what is typed is meant for it, and is no command of what still has the keyboard.
        const service = { bus, dock, open, putAside, isOpening: false };
        return service;
    },
};

registry.category("services").add("comm_composer", composerService);

/** Lets the server open a window: its methods answer with this action and the params of `open`. */
registry.category("actions").add("comm_folders.compose", (env, action) => {
    env.services.comm_composer.open(action.params);
    return env.services.action.doAction({ type: "ir.actions.client", tag: "soft_reload" });
});
