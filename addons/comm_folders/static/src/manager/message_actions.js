import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { HeadersDialog } from "@comm_folders/manager/headers_dialog";
import { LinkDialog } from "@comm_folders/manager/link_dialog";

/**
 * What the menu of the open message offers, and that of a row of the list. Others add to it:
 *
 *   label {string}, icon {string}, isAvailable(message, context) {boolean, optional}, run(message, context)
 *
 * The context holds the Manager's `model`, the services `dialog` and `orm`, and `remote`: the permission to load pictures.
 */
export const messageActions = registry.category("comm_folders.message_actions");

/** @returns {string} the address of one of the pages of a message, see controllers/ of comm_mailboxes */
export function messageUrl(message, page, params = {}) {
    const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value)).toString();
    return `/comm_mailboxes/message/${message.id}/${page}${query && `?${query}`}`;
}

/** @returns {string} the permission to load the pictures of a message: whoever reads it may have given it */
export function remoteOf(message, model) {
    return message.id === model.messageId ? model.reading.remoteToken : "";
}

/** In a window of its own, which opens the browser's dialog. */
export function printMessage(message, remote) {
    browser.open(messageUrl(message, "print", { remote }), "_blank", "noopener");
}

export function saveFile(url) {
    const link = document.createElement("a");
    link.href = url;
    link.download = "";
    link.click();
}

messageActions
    .add(
        "link",
        {
            label: _t("Link to…"),
            icon: "fa-link",
            isAvailable: (message, { model }) => model.places.of(message).canWrite,
            run: (message, { model, dialog, orm }) =>
                dialog.add(LinkDialog, {
                    link: async (resModel, resId) => {
                        await orm.call("comm.message", "link_to", [[message.id], resModel, resId]);
                        if (message.id === model.messageId) {
                            // It shows what it is linked to.
                            await model.reading.reload();
                        }
                    },
                }),
        },
        { sequence: 5 }
    )
    .add(
        "print",
        {
            label: _t("Print"),
            icon: "fa-print",
            run: (message, { remote }) => printMessage(message, remote),
        },
        { sequence: 10 }
    )
    .add(
        "save",
        {
            label: _t("Save as .eml file"),
            icon: "fa-save",
            run: (message) => saveFile(messageUrl(message, "eml")),
        },
        { sequence: 20 }
    )
    .add(
        "headers",
        {
            label: _t("Show all headers"),
            icon: "fa-list-ul",
            run: (message, { dialog }) => dialog.add(HeadersDialog, { messageId: message.id }),
        },
        { sequence: 30 }
    )
    .add(
        "source",
        {
            label: _t("Show source"),
            icon: "fa-code",
            run: (message) => browser.open(messageUrl(message, "source"), "_blank", "noopener"),
        },
        { sequence: 40 }
    );
