import { markRaw } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { KeepLast } from "@web/core/utils/concurrency";
import { Reactive } from "@web/core/utils/reactive";
import { ListModel } from "@comm_folders/manager/list_model";
import { MessageChanges } from "@comm_folders/manager/message_changes";
import { buildStructure, findPath } from "@comm_folders/tree/tree_model";

const PREVIEW_FIELDS = {
    subject: {},
    email_from: {},
    email_to: {},
    email_cc: {},
    date: {},
    defect_text: {},
    is_partial: {},
    partial_text: {},
    outgoing_state: {},
    send_error: {},
    email_reply_to: {},
    size: {},
    preview_info: {},
    attachment_ids: { fields: { name: {}, mimetype: {}, file_size: {}, comm_content_id: {}, comm_is_source: {} } },
};

/** What the Communication Manager shows and does; its components draw it. */
export class ManagerModel extends Reactive {
    constructor({ orm, action, notification, dialog, settings }) {
        super();
        this.settings = settings;
        this.dialog = dialog;
        this.orm = orm;
        this.action = action;
        this.notification = notification;

        /** @type {import("@comm_folders/tree/tree_model").TreeNode[]} */
        this.roots = [];
        this.folders = new Map();
        this.mailboxes = new Map();
        this.expanded = new Set(["group-personal", "group-shared"]);
        this.selectedKey = undefined;
        this.folderId = undefined;
        // Keys like "mailbox-3": something that takes long is going on there.
        this.busy = new Set();

        this.list = new ListModel({
            orm,
            onCounts: (folderId, counts) => Object.assign(this.folders.get(folderId) || {}, counts),
        });

        this.changes = markRaw(new MessageChanges({ model: this, orm, notification, dialog }));

        this.message = undefined;
        this.messageId = undefined;
        // Of which message the rest is on its way.
        this.loadingWholeId = undefined;

        this._previews = markRaw(new KeepLast());
    }

    // ------------------------------------------------------------------ tree

    async load(state) {
        await this.loadTree();
        if (state) {
            this.expanded = new Set(state.expanded);
            this.selectedKey = state.selectedKey;
            this.folderId = state.folderId;
        }
        // The mailboxes at the top show what is in them, unless somebody closed them; deeper levels are opened by hand.
        const known = new Set(state?.known);
        this.topKeys.filter((key) => !known.has(key)).forEach((key) => this.expanded.add(key));
        if (!this.selectedNode) {
            this.selectFirst();
        }
        // Not waited for: the tree shows at once, the list has its own sign that it is loading.
        if (this.folder) {
            this.list.open(this.folderId, state?.offset);
            if (state?.messageId) {
                this.open({ id: state.messageId, is_seen: true });
            }
        }
    }

    /** @returns {string[]} keys of what stands at the top of the structures */
    get topKeys() {
        return this.roots.flatMap((group) => group.children.map((node) => node.key));
    }

    get treeState() {
        return { expanded: [...this.expanded], known: this.topKeys };
    }

    get state() {
        const { selectedKey, folderId, messageId } = this;
        return { ...this.treeState, selectedKey, folderId, offset: this.list.offset, messageId };
    }

    async loadTree() {
        const data = await this.orm.call("comm.structure.entry", "get_tree", []);
        this.folders = new Map(data.folders.map((folder) => [folder.id, folder]));
        this.mailboxes = new Map(data.mailboxes.map((mailbox) => [mailbox.id, mailbox]));
        this.roots = [
            { key: "group-personal", name: _t("My folders"), children: buildStructure(data, "personal") },
            { key: "group-shared", name: _t("Shared folders"), children: buildStructure(data, "shared") },
        ]
            .filter((group) => group.children.length)
            .map((group) => ({ ...group, type: "group" }));
        if (this.folderId && !this.folder) {
            this.closeFolder();
        }
    }

    /**
     * Bring what is shown up to date: by counts alone where the tree stays what it is.
     *
     * @param {number[]} [folderIds] that changed; without it all may have
     */
    async refresh(folderIds) {
        const ids = folderIds || [...this.folders.keys()];
        if (ids.some((id) => !this.folders.has(id))) {
            await this.loadTree();
        } else {
            const counts = await this.orm.silent.call("comm.folder", "get_counts", [ids]);
            for (const [id, values] of Object.entries(counts)) {
                Object.assign(this.folders.get(Number(id)) || {}, values);
            }
        }
        if (this.folderId && (this.list.isWide || ids.includes(this.folderId))) {
            await this.list.load();
        }
    }

    get isEmpty() {
        return !this.roots.length;
    }

    get selectedNode() {
        return this.selectedKey && findPath(this.roots, (node) => node.key === this.selectedKey)?.at(-1);
    }

    get folder() {
        return this.folders.get(this.folderId);
    }

    get mailbox() {
        return this.mailboxes.get(this.folder?.mailbox_id);
    }

    /** Readers of a shared mailbox cannot change marks, and are not asked to. */
    get canWrite() {
        return !this.folder?.mailbox_id || Boolean(this.mailbox?.can_write);
    }

    get selection() {
        return this.list.selection;
    }

    /** Whether what is deleted in the open folder is deleted for good (see comm.folder._is_final). */
    get isFinalFolder() {
        if (!this.folder) {
            return false;
        }
        let folder = this.folder;
        while (folder && folder.role !== "trash") {
            folder = this.folders.get(folder.parent_id);
        }
        return Boolean(folder) || this.folder.is_local || this.mailbox?.kind !== "imap";
    }

    /** The folder of the open mailbox with a role, unless it is the open one. */
    folderWithRole(role) {
        const mailboxId = this.folder?.mailbox_id;
        const folder =
            mailboxId &&
            [...this.folders.values()].find((other) => other.mailbox_id === mailboxId && other.role === role);
        return folder && folder.id !== this.folderId ? folder : undefined;
    }

    /** Where messages of the open folder can be moved. */
    get moveTargets() {
        const mailboxId = this.folder?.mailbox_id;
        return [...this.folders.values()].filter(
            (folder) =>
                mailboxId &&
                folder.mailbox_id === mailboxId &&
                folder.id !== this.folderId &&
                folder.is_selectable &&
                !folder.is_local &&
                !folder.is_missing
        );
    }

    toggle(node) {
        if (!this.expanded.delete(node.key)) {
            this.expanded.add(node.key);
        }
    }

    selectFirst() {
        const path =
            findPath(this.roots, (node) => node.type === "mailbox" && this.folderOf(node)) ||
            findPath(this.roots, (node) => this.folderOf(node));
        if (path) {
            this.selectedKey = path.at(-1).key;
            this.folderId = this.folderOf(path.at(-1)).id;
        }
    }

    /** The folder whose messages a node shows: for a mailbox its inbox. */
    folderOf(node) {
        if (node.type === "mailbox") {
            return node.children.find((child) => !child.entryId && child.folder.role === "inbox")?.folder;
        }
        return node.folder?.is_selectable ? node.folder : undefined;
    }

    /** @returns {boolean} whether there is a list to show now */
    select(node) {
        const folder = this.folderOf(node);
        this.selectedKey = node.key;
        if (node.type === "mailbox") {
            this.expanded.add(node.key);
        }
        if (!folder) {
            if (node.type === "folder") {
                this.toggle(node);
            }
            this.closeFolder();
        } else if (folder.id !== this.folderId) {
            this.closeFolder();
            this.folderId = folder.id;
            this.list.open(folder.id);
        }
        return Boolean(folder) || node.type === "mailbox";
    }

    closeFolder() {
        this.folderId = undefined;
        this.list.close();
        this.closeMessage();
    }

    // ------------------------------------------------------------------ list

    /** Read again what the list shows. */
    loadPage() {
        return this.list.load();
    }

    toggleFlag(message) {
        return this.changes.mark(message.is_flagged ? "unflag" : "flag", { ids: [message.id] });
    }

    // --------------------------------------------------------------- preview

    async open(message) {
        browser.clearTimeout(this._seenTimer);
        this.messageId = message.id;
        const [record] = await this._previews.add(
            this.orm.webRead("comm.message", [message.id], { specification: PREVIEW_FIELDS })
        );
        if (this.messageId !== message.id) {
            return;
        }
        if (!record) {
            this.closeMessage();
            this.notification.add(_t("This message is not there any more."), { type: "warning" });
            await this.loadPage();
            return;
        }
        this.message = {
            ...record,
            date: record.date && deserializeDateTime(record.date),
            // Images that the body shows are no attachments to a reader; the source has its place in the menu.
            attachments: record.attachment_ids.filter(
                (attachment) => !attachment.comm_content_id && !attachment.comm_is_source
            ),
        };
        if (!message.is_seen && this.canWrite) {
            await this._readBySetting(message);
        }
    }

    /** Mark as read when the user's settings say so. */
    async _readBySetting(message) {
        const { comm_mark_read, comm_mark_read_seconds } = this.settings;
        if (comm_mark_read === "at_once") {
            await this.markSeen(message);
        } else if (comm_mark_read === "later") {
            this._seenTimer = browser.setTimeout(() => {
                if (this.messageId === message.id) {
                    this.markSeen(message);
                }
            }, comm_mark_read_seconds * 1000);
        }
    }

    /** Bring the rest of a message of which only the header is here. */
    async loadWhole() {
        const { id } = this.message;
        this.loadingWholeId = id;
        try {
            await this.orm.call("comm.message", "load_from_server", [[id]]);
        } finally {
            this.loadingWholeId = undefined;
        }
        if (this.messageId === id) {
            await Promise.all([this.open({ id, is_seen: true }), this.loadPage()]);
        }
    }

    async markSeen(message) {
        const folderId = this.folderId;
        await this.orm.silent.call("comm.message", "mark_seen", [[message.id]]);
        this.list.update([message.id], { is_seen: true });
        const folder = this.folders.get(folderId);
        if (folder) {
            folder.unread_count = Math.max(folder.unread_count - 1, 0);
        }
    }

    closeMessage() {
        browser.clearTimeout(this._seenTimer);
        this.message = undefined;
        this.messageId = undefined;
    }

    // --------------------------------------------------------- long actions

    isBusy(node) {
        const record = node.type === "mailbox" ? node.mailbox : node.folder;
        return Boolean(record) && this.busy.has(`${node.type}-${record.id}`);
    }

    async refreshFolders(node) {
        await this._whileBusy(node, async () => {
            await this.orm.call("comm.mailbox", "refresh_folders", [[node.mailbox.id]]);
            await this.loadTree();
            this.expanded.add(node.key);
            this._notify(_t("The folder structure of “%s” is up to date.", node.name));
        });
        if (node.key === this.selectedKey && !this.folderId) {
            this.select(this.selectedNode);
        }
    }

    async fetchMail(node) {
        const [resModel, id] =
            node.type === "mailbox" ? ["comm.mailbox", node.mailbox.id] : ["comm.folder", node.folder.id];
        await this._whileBusy(node, async () => {
            const count = await this.orm.call(resModel, "fetch_mail", [[id]]);
            await this.loadTree();
            if (this.folderId) {
                await this.loadPage();
            }
            this._notify(this._describeFetch(node.name, count));
        });
    }

    _describeFetch(name, count) {
        if (!count) {
            return _t("No new messages in “%s”.", name);
        }
        return count === 1
            ? _t("1 new message in “%s”.", name)
            : _t("%(count)s new messages in “%(name)s”.", { count, name });
    }

    openProperties(node) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Mailbox properties"),
            res_model: "comm.mailbox",
            res_id: node.mailbox.id,
            views: [[false, "form"]],
        });
    }

    _notify(text) {
        this.notification.add(text, { type: "success" });
    }

    async _whileBusy(node, work) {
        const record = node.type === "mailbox" ? node.mailbox : node.folder;
        const key = `${node.type}-${record.id}`;
        if (this.busy.has(key)) {
            return;
        }
        this.busy.add(key);
        try {
            await work();
        } catch (error) {
            // The mailbox may have got its mark "error" now.
            await this.loadTree();
            throw error;
        } finally {
            this.busy.delete(key);
        }
    }
}
