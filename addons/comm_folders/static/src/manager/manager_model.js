import { markRaw } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { Reactive } from "@web/core/utils/reactive";
import { Fetching } from "@comm_folders/manager/fetching";
import { ListModel } from "@comm_folders/manager/list_model";
import { MessageChanges } from "@comm_folders/manager/message_changes";
import { MessageDrag } from "@comm_folders/manager/message_drag";
import { MessagePlaces } from "@comm_folders/manager/message_places";
import { describeGone, markedRow } from "@comm_folders/manager/open_folder";
import { OpenMessage } from "@comm_folders/manager/open_message";
import { singleNote } from "@comm_folders/manager/single_note";
import { follow } from "@comm_folders/manager/subject";
import { buildStructure, findPath, indexOf } from "@comm_folders/tree/tree_model";

/** What the Communication Manager shows and does; its components draw it. */
export class ManagerModel extends Reactive {
    constructor({ orm, action, notification, dialog, sending, settings, panes }) {
        super();
        this.dialog = dialog;
        this.orm = orm;
        this.action = action;
        this.notification = singleNote(notification, () => panes.columns === 1);
        this.panes = panes;

        /** @type {import("@comm_folders/tree/tree_model").TreeNode[]} */
        this.roots = [];
        this.folders = new Map();
        this.mailboxes = new Map();
        this.index = indexOf(this.roots, this.folders);
        this.expanded = new Set(["group-personal", "group-shared"]);
        // What stood at the top before; set once the tree is there.
        this.known = undefined;
        this.selectedKey = undefined;
        this.folderId = undefined;
        this._treesAsked = 0;
        this._treeTaken = 0;

        this.list = new ListModel({
            orm,
            settings,
            onCounts: (folderId, counts) => this.takeCounts({ [folderId]: counts }),
            onGone: () => this.loadTree(),
            onArrive: (row) => follow(this, row),
            openId: () => this.reading.rowId,
            onRenamed: (before, id) => this.reading.follow(before, id),
        });

        this.changes = markRaw(
            new MessageChanges({ model: this, orm, notification: this.notification, dialog, sending })
        );

        this.places = markRaw(new MessagePlaces(this));
        this.drag = markRaw(new MessageDrag(this));

        this.reading = new OpenMessage({ model: this, orm, notification: this.notification, settings });

        this.fetching = new Fetching({ model: this, orm, notification: this.notification });
    }

    // ------------------------------------------------------------------ tree

    /**
     * @param {Object} [state] as `state` gave it
     * @param {{id: number, name: string}} [mailbox] to begin with
     */
    async load(state, mailbox) {
        await this.loadTree();
        if (state) {
            this.expanded = new Set(state.expanded);
            this.selectedKey = state.selectedKey;
            this.folderId = state.folderId;
        }
        this.known = new Set(state?.known);
        this._expandNew();
        if (mailbox) {
            this._beginWith(mailbox);
        }
        const isGone = !this.selectedNode || (this.folderId && !this.folder);
        if (isGone) {
            this.selectFirst();
        }
        // Not waited for: the tree shows at once, the list has its own sign that it is loading.
        if (this.folder) {
            const opened = this.list.open(this.folderId, isGone ? undefined : state);
            if (state?.messageId && !isGone) {
                this.open({ id: state.messageId, is_seen: true });
                this._reveal(opened, state);
            }
        }
    }

    /** Where the page was loaded again, the list begins at its top: what is open may stand elsewhere. */
    async _reveal(opened, { messageId, position }) {
        await opened;
        if (position && this.messageId === messageId) {
            await this.list.reveal(messageId, position);
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
        const { offset, query } = this.list;
        return { ...this.treeState, selectedKey, folderId, offset, query, messageId };
    }

    /** @param {boolean} [isExpected] that the open folder is gone is no news */
    async loadTree({ isExpected = false } = {}) {
        const turn = ++this._treesAsked;
        const data = await this._readTree();
        // An older answer that comes later tells of what was.
        if (turn < this._treeTaken) {
            return;
        }
        this._treeTaken = turn;
        const before = [this.folder, this.mailbox];
        this.folders = new Map(data.folders.map((folder) => [folder.id, folder]));
        this.mailboxes = new Map(data.mailboxes.map((mailbox) => [mailbox.id, mailbox]));
        this.roots = [
            { key: "group-personal", name: _t("My folders"), children: buildStructure(data, "personal") },
            { key: "group-shared", name: _t("Shared folders"), children: buildStructure(data, "shared") },
        ]
            .filter((group) => group.children.length)
            .map((group) => ({ ...group, type: "group" }));
        this.index = indexOf(this.roots, this.folders);
        if (this.known) {
            this._expandNew();
        }
        if (this.folderId && !this.folder) {
            this._leaveFolder(describeGone(...before, this.mailboxes), isExpected);
        } else if (this.known && !this.folderId) {
            this._beginAtLast();
        }
    }

    /** The mailboxes at the top show what is in them, unless somebody closed them; deeper levels are opened by hand. */
    _expandNew() {
        for (const key of this.topKeys.filter((each) => !this.known.has(each))) {
            this.known.add(key);
            this.expanded.add(key);
        }
    }

    /** The first mailbox got its place meanwhile, or the mailbox that is open its folders. */
    _beginAtLast() {
        const node = this.selectedNode;
        if (!node) {
            this.selectFirst();
        } else {
            this.folderId = this.folderOf(node)?.id;
        }
        if (this.folder) {
            this.list.open(this.folderId);
        }
    }

    async _readTree() {
        try {
            return await this.orm.call("comm.structure.entry", "get_tree", []);
        } catch (error) {
            if (error.exceptionName !== "odoo.exceptions.AccessError") {
                throw error;
            }
            // The right to mail as such was taken away meanwhile.
            return { entries: [], mailboxes: [], folders: [] };
        }
    }

    /** The open folder is gone: deleted elsewhere, or nobody shows it to this user any more. */
    _leaveFolder(text, isExpected) {
        this.closeFolder();
        if (!this.selectedNode) {
            this.selectFirst();
        }
        if (this.folder) {
            this.list.open(this.folderId);
        }
        if (text && !isExpected) {
            this.notification.add(text, { type: "warning" });
        }
    }

    /**
     * Bring what is shown up to date: by counts alone where the tree stays what it is.
     *
     * @param {number[]} [folderIds] that changed; without it all may have
     * @param {Object} [options]
     * @param {boolean} [options.isStructure] the tree is another one now
     */
    async refresh(folderIds, { isStructure = false } = {}) {
        const ids = folderIds || [...this.folders.keys()];
        const { folderId } = this;
        if (isStructure || ids.some((id) => !this.folders.has(id))) {
            await this.loadTree();
        } else {
            const counts = await this.orm.silent.call("comm.folder", "get_counts", [ids]);
            this.takeCounts(counts);
            // Of what is not there any more, or not for this user, nothing is told.
            if (ids.some((id) => !(id in counts))) {
                await this.loadTree();
            }
        }
        // Another one that was opened meanwhile is just being read.
        const isOpen = folderId && folderId === this.folderId;
        if (isOpen && (isStructure || this.list.isWide || ids.includes(folderId))) {
            await this.loadPage();
        }
    }

    /** @param {Object} counts what the server keeps of messages, by folder id */
    takeCounts(counts) {
        for (const [id, values] of Object.entries(counts)) {
            Object.assign(this.folders.get(Number(id)) || {}, values);
        }
    }

    /** Odoo was out of reach: what was asked for meanwhile never came, and what was told may have been done or not. */
    async recover() {
        await this.loadTree();
        await Promise.all([this.list.load(), this.messageId && this.reading.retry()]);
    }

    get isEmpty() {
        return !this.roots.length;
    }

    get selectedNode() {
        const place = this.index.places.get(this.selectedKey);
        return place?.reduce((node, position) => node.children[position], { children: this.roots });
    }

    get folder() {
        return this.folders.get(this.folderId);
    }

    get mailbox() {
        return this.mailboxes.get(this.folder?.mailbox_id);
    }

    /** Readers of a shared mailbox, or of a folder made by hand for all, cannot change marks, and are not asked to. */
    get canWrite() {
        const { folder } = this;
        return !folder || Boolean(folder.mailbox_id ? this.mailbox?.can_write : folder.can_write);
    }

    get selection() {
        return this.list.selection;
    }

    /** Whether what is in the open folder is on a mail server, too (see comm.folder._is_on_server). */
    get isFolderOnServer() {
        const { folder } = this;
        return Boolean(folder?.mailbox_id && !folder.is_local && !folder.is_missing && folder.is_selectable);
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
        return Boolean(folder) || !this.isFolderOnServer || this.mailbox?.kind !== "imap";
    }

    /** The folder of the open mailbox with a role, unless it is the open one. */
    folderWithRole(role) {
        const id = this.index.idsByRole.get(`${this.folder?.mailbox_id} ${role}`);
        return id === this.folderId ? undefined : this.folders.get(id);
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
            this.folderId = this.folderOf(path.at(-1)).id;
            this.selectedKey = markedRow(path.at(-1), this.folderId, this.expanded).key;
        }
    }

    /** The folder whose messages a node shows: for a mailbox its inbox. */
    folderOf(node) {
        if (node.type === "mailbox") {
            return node.children.find((child) => !child.entryId && child.folder.role === "inbox")?.folder;
        }
        return node.folder?.is_selectable ? node.folder : undefined;
    }

    /** @returns {TreeNode[]|undefined} the way to a folder in the tree, where it has a place there */
    pathTo(folderId) {
        return findPath(this.roots, (node) => node.type !== "group" && node.folder?.id === folderId);
    }

    /** A mailbox has a place of its own, or only its inbox has one. */
    _beginWith({ id, name }) {
        const path =
            findPath(this.roots, (node) => node.type === "mailbox" && node.mailbox?.id === id) ||
            findPath(this.roots, ({ folder }) => folder?.mailbox_id === id && folder.role === "inbox");
        if (!path) {
            this.notification.add(_t("“%s” has no place in your folders yet.", name), { type: "info" });
            return;
        }
        path.forEach((node) => this.expanded.add(node.key));
        this.selectedKey = path.at(-1).key;
        this.folderId = this.folderOf(path.at(-1))?.id;
    }

    /** Go to the folder in which a message lies that was found there; the message stays open. */
    showFolderOf(message) {
        const path = this.pathTo(message.folder_id);
        path.slice(0, -1).forEach((node) => this.expanded.add(node.key));
        if (message.folder_id === this.folderId) {
            this.list.change({ search: "", filters: [] });
        }
        this.select(path.at(-1));
        const { id, is_seen = true } = message;
        return this.panes.isPreviewShown ? this.open({ id, is_seen }) : this.list.mark(id);
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
            this.fetching.fetchFirst(node);
        }
        return Boolean(folder) || node.type === "mailbox";
    }

    closeFolder() {
        this.folderId = undefined;
        this.list.close();
        this.closeMessage();
    }

    // ------------------------------------------------------------------ list

    /** Read again what the list shows, and look whether what is open is still there. */
    async loadPage() {
        await this.list.load();
        await this.reading.check();
    }

    toggleFlag(message) {
        return this.changes.mark(message.is_flagged ? "unflag" : "flag", this.list.targetOf([message.id]));
    }

    // --------------------------------------------------------------- preview

    get message() {
        return this.reading.message;
    }

    get messageId() {
        return this.reading.messageId;
    }

    /** Open what a row shows. */
    open(message) {
        this.list.mark(message.id);
        return this.reading.open(message, { isWhole: true });
    }

    closeMessage() {
        this.reading.close();
    }
}
