import { RPCError } from "@web/core/network/rpc";
import { _t } from "@web/core/l10n/translation";
import { formatInteger } from "@web/views/fields/formatters";

/**
 * Fetch every mailbox of the tree, one after the other: each takes a connection of the server for a while, and they show one
 * by one that they are at it. One that fails does not stop the others.
 */
export async function fetchAll(model) {
    const mailboxes = [...model.mailboxes.values()].filter(({ kind }) => kind !== "smtp");
    const failures = [];
    let count = 0;
    model.isFetchingAll = true;
    try {
        for (const mailbox of mailboxes) {
            const key = `mailbox-${mailbox.id}`;
            if (model.busy.has(key)) {
                continue;
            }
            model.busy.add(key);
            try {
                count += await model.orm.silent.call("comm.mailbox", "fetch_mail", [[mailbox.id]]);
            } catch (error) {
                if (!(error instanceof RPCError)) {
                    throw error;
                }
                failures.push(_t("“%(name)s”: %(reason)s", { name: mailbox.name, reason: reasonOf(error) }));
            } finally {
                model.busy.delete(key);
            }
        }
        await model.loadTree();
        if (model.folderId) {
            await model.loadPage();
        }
    } finally {
        model.isFetchingAll = false;
    }
    tell(model.notification, count, failures);
}

/**
 * Somebody opens a folder that only waits to be fetched by hand: as in other mail programs, that fetches it, the first time.
 * They asked for nothing, so that it fails is told by the way, and the next time tries again.
 */
export async function fetchFirst(model, node) {
    if (node.type === "folder" && node.folder.is_unfetched && !model.isBusy(node)) {
        node.folder.is_unfetched = false;
        try {
            await model.fetchMail(node);
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            const folder = model.folders.get(node.folder.id);
            if (folder) {
                folder.is_unfetched = true;
            }
            model.notification.add(reasonOf(error), {
                title: _t("“%s” could not be fetched", node.name),
                type: "warning",
            });
        }
    }
}

const reasonOf = (error) => error.data?.message || error.message;

function tell(notification, count, failures) {
    for (const failure of failures) {
        notification.add(failure, { title: _t("A mailbox could not be fetched"), type: "danger", sticky: true });
    }
    if (count || !failures.length) {
        const text = { 0: _t("No new messages."), 1: _t("1 new message.") }[count];
        notification.add(text || _t("%s new messages.", formatInteger(count)), { type: "success" });
    }
}

/** @returns {string} what came of fetching one mailbox or folder */
export function describeFetch(name, count) {
    if (!count) {
        return _t("No new messages in “%s”.", name);
    }
    return count === 1
        ? _t("1 new message in “%s”.", name)
        : _t("%(count)s new messages in “%(name)s”.", { count: formatInteger(count), name });
}
