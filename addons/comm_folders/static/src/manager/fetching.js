import { RPCError } from "@web/core/network/rpc";
import { _t } from "@web/core/l10n/translation";
import { delay } from "@web/core/utils/concurrency";
import { Reactive } from "@web/core/utils/reactive";
import { formatInteger } from "@web/views/fields/formatters";

// A minute in all, in longer and longer steps.
const TRIES_WHILE_BUSY = 14;
const waitBefore = (attempt) => Math.min(attempt, 5) * 1000;

const isMailboxBusy = (error) => error.exceptionName?.endsWith(".MailboxBusy");
const recordOf = (node) => (node.type === "mailbox" ? node.mailbox : node.folder);
const reasonOf = (error) => error.data?.message || error.message;

/** @returns {string} what came of fetching one mailbox or folder */
function describe(name, count) {
    if (!count) {
        return _t("No new messages in “%s”.", name);
    }
    return count === 1
        ? _t("1 new message in “%s”.", name)
        : _t("%(count)s new messages in “%(name)s”.", { count: formatInteger(count), name });
}

/** What is brought from the mail servers when somebody asks, and where that is under way: it takes a while. */
export class Fetching extends Reactive {
    constructor({ model, orm, notification }) {
        super();
        Object.assign(this, { model, orm, notification });
        // Keys like "mailbox-3".
        this.busy = new Set();
        this.isAll = false;
        this.isLeft = false;
    }

    /** The Manager is not on the screen any more: there is nobody to wait for. */
    leave() {
        this.isLeft = true;
    }

    isBusy(node) {
        const record = recordOf(node);
        return Boolean(record) && this.busy.has(`${node.type}-${record.id}`);
    }

    async refreshFolders(node) {
        const { model } = this;
        await this._whileBusy(node, async () => {
            await this.orm.call("comm.mailbox", "refresh_folders", [[node.mailbox.id]]);
            await model.loadTree();
            model.expanded.add(node.key);
            this._tell(_t("The folder structure of “%s” is up to date.", node.name));
        });
        if (node.key === model.selectedKey && !model.folderId) {
            model.select(model.selectedNode);
        }
    }

    async fetch(node) {
        const resModel = node.type === "mailbox" ? "comm.mailbox" : "comm.folder";
        await this._whileBusy(node, async () => {
            const count = await this.orm.call(resModel, "fetch_mail", [[recordOf(node).id]]);
            await this._showNew(node, count);
        });
    }

    /**
     * Fetch every mailbox of the tree, one after the other: each takes a connection of the server for a while, and they show
     * one by one that they are at it. One that fails does not stop the others.
     */
    async fetchAll() {
        const mailboxes = [...this.model.mailboxes.values()].filter(({ kind }) => kind !== "smtp");
        const failures = [];
        let count = 0;
        this.isAll = true;
        try {
            for (const mailbox of mailboxes) {
                const key = `mailbox-${mailbox.id}`;
                if (this.busy.has(key)) {
                    continue;
                }
                this.busy.add(key);
                try {
                    count += await this.orm.silent.call("comm.mailbox", "fetch_mail", [[mailbox.id]]);
                } catch (error) {
                    if (!(error instanceof RPCError)) {
                        throw error;
                    }
                    failures.push(_t("“%(name)s”: %(reason)s", { name: mailbox.name, reason: reasonOf(error) }));
                } finally {
                    this.busy.delete(key);
                }
            }
            await this._show();
        } finally {
            this.isAll = false;
        }
        for (const failure of failures) {
            this.notification.add(failure, {
                title: _t("A mailbox could not be fetched"),
                type: "danger",
                sticky: true,
            });
        }
        if (count || !failures.length) {
            const text = { 0: _t("No new messages."), 1: _t("1 new message.") }[count];
            this._tell(text || _t("%s new messages.", formatInteger(count)));
        }
    }

    /**
     * Somebody opens a folder that only waits to be fetched by hand: as in other mail programs, that fetches it, the first
     * time. They asked for nothing, so that it fails is told by the way, and the next time tries again. While something else
     * is done with the mailbox, which may be what they did just before, this waits as long as they stay here.
     */
    async fetchFirst(node) {
        if (node.type !== "folder" || !node.folder.is_unfetched || this.isBusy(node)) {
            return;
        }
        node.folder.is_unfetched = false;
        try {
            await this._whileBusy(node, async () => {
                const count = await this._fetchPatiently(node.folder.id);
                await this._showNew(node, count);
            });
        } catch (error) {
            if (!(error instanceof RPCError)) {
                throw error;
            }
            const folder = this.model.folders.get(node.folder.id);
            if (folder) {
                folder.is_unfetched = true;
            }
            if (isMailboxBusy(error) && !this._isAwaited(node.folder.id)) {
                return;
            }
            this.notification.add(reasonOf(error), {
                title: _t("“%s” could not be fetched", node.name),
                type: "warning",
            });
        }
    }

    _isAwaited(folderId) {
        return !this.isLeft && this.model.folderId === folderId;
    }

    async _fetchPatiently(folderId) {
        for (let attempt = 1; ; attempt++) {
            try {
                return await this.orm.silent.call("comm.folder", "fetch_mail", [[folderId]]);
            } catch (error) {
                if (!isMailboxBusy(error) || attempt === TRIES_WHILE_BUSY) {
                    throw error;
                }
                await delay(waitBefore(attempt));
                if (!this._isAwaited(folderId)) {
                    throw error;
                }
            }
        }
    }

    async _showNew({ name }, count) {
        await this._show();
        this._tell(describe(name, count));
    }

    async _show() {
        await this.model.loadTree();
        if (this.model.folderId) {
            await this.model.loadPage();
        }
    }

    _tell(text) {
        this.notification.add(text, { type: "success" });
    }

    async _whileBusy(node, work) {
        const key = `${node.type}-${recordOf(node).id}`;
        if (this.busy.has(key)) {
            return;
        }
        this.busy.add(key);
        try {
            await work();
        } catch (error) {
            // The mailbox may have got its mark "error" now.
            await this.model.loadTree();
            throw error;
        } finally {
            this.busy.delete(key);
        }
    }
}
