import { Component, useEffect, useRef, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";
import { isMenuKey } from "@comm_folders/menu/context_menu";
import { hueOf, initials, longDate, shortDate, splitAddress } from "@comm_folders/manager/message_format";
import { MessageListMenu } from "@comm_folders/manager/message_list_menu";
import { MessageSearch } from "@comm_folders/manager/message_search";
import { askForFolder } from "@comm_folders/manager/move_dialog";
import { ServerSearch } from "@comm_folders/manager/server_search";
import { currentRow, endSelection, isReading } from "@comm_folders/manager/subject";
import { isFetched } from "@comm_folders/manager/tree_actions";
import { deleteHere } from "@comm_folders/manager/tree_dialogs";
import { useVirtualRows } from "@comm_folders/manager/virtual_rows";

// As in message_list.scss.
const ROW_HEIGHT = 76;
const LINE_HEIGHT = 40;
// As in manager.scss: the button and what is free above and below it.
const FLOATING_HEIGHT = 80;

const FILTERS = [
    { name: "unread", icon: "fa-envelope", label: _t("Unread only") },
    { name: "flagged", icon: "fa-star", label: _t("Flagged only") },
    { name: "attachment", icon: "fa-paperclip", label: _t("With attachment only") },
    { name: "contacts", icon: "fa-address-book-o", label: _t("From my contacts only") },
];
const ORDERS = [
    { name: "date", label: _t("Date") },
    { name: "sender", label: _t("Sender") },
    { name: "subject", label: _t("Subject") },
    { name: "size", label: _t("Size") },
];
// The roles of folders whose rows show, and are sorted by, whom a message is to.
const WRITTEN = ["sent", "drafts", "outbox"];

/** The messages of the open folder: an endless list of which a screenful is drawn. */
export class MessageList extends Component {
    static template = "comm_folders.MessageList";
    static components = { Dropdown, DropdownItem, MessageSearch, ServerSearch };
    static props = {
        model: Object,
        onOpen: Function,
        // Called with a place as useContextMenu() takes it, and the message that the menu is about instead of the selection.
        onMenu: { type: Function, optional: true },
        // The message that the open menu is about.
        menuRowId: { type: Number, optional: true },
        onBack: { type: Function, optional: true },
    };

    setup() {
        this.dialog = useService("dialog");
        this.settingsService = useService("comm_settings");
        this.settings = useState(this.settingsService.settings);
        this.root = useRef("root");
        this.virtual = useVirtualRows(this.root, {
            getRowHeight: () => this.rowHeight,
            getTotal: () => this.list.total,
            // One pane alone has the button for a new message over it.
            getSpace: () => (this.props.onBack ? FLOATING_HEIGHT : 0),
            onChange: (start, end) => this.list.ensure(start, end),
        });
        this.menu = new MessageListMenu(this);
        Object.assign(this, { filters: FILTERS, formatInteger, longDate, shortDate });
        // Also when keys that the Manager got moved it.
        useEffect(
            (steps) => steps && this.virtual.scrollTo(this.list.cursor),
            () => [this.list.steps]
        );
        // Where the list begins anew, and where one comes back to it.
        useEffect(
            (isThere) => {
                if (isThere) {
                    if (!this.list.isMarked) {
                        this.list.cursor = this.list.offset;
                    }
                    this.virtual.scrollTo(this.list.offset, { toTop: true });
                }
            },
            () => [Boolean(this.root.el), this.list.revision]
        );
        // The keyboard may be here already, on another list.
        useEffect(
            () => this.onFocus(),
            () => [this.list.revision, this.list.isLoaded]
        );
        // Nothing is selected any more: the cursor is with the message that is open, which commands are about then.
        useEffect(
            (isEmpty) => {
                if (isEmpty && isReading(this.model)) {
                    this.list.mark(this.model.reading.rowId);
                }
            },
            () => [this.selection.isEmpty]
        );
        // Switched here, or in another window.
        let isGrouped = this.settings.comm_conversations;
        useEffect(
            (wanted) => {
                if (wanted !== isGrouped && this.list.folderId) {
                    this.list.restart();
                }
                isGrouped = wanted;
            },
            () => [this.settings.comm_conversations]
        );
        // Rows that were read again may not be all that is visible.
        useEffect(
            () => this.virtual.refresh(),
            () => [this.list.rows, this.rowHeight]
        );
    }

    /** Above the preview the list is wide and low: a message takes one line there. */
    get isByLine() {
        return this.model.panes.arrangement === "below";
    }

    get rowHeight() {
        return this.isByLine ? LINE_HEIGHT : ROW_HEIGHT;
    }

    get model() {
        return this.props.model;
    }

    get list() {
        return this.props.model.list;
    }

    get node() {
        return this.model.selectedNode;
    }

    get title() {
        return this.model.folder ? this.model.folder.name : this.node?.name;
    }

    get mailboxName() {
        return this.model.folder && this.model.mailbox?.name;
    }

    get totalLabel() {
        const total = formatInteger(this.list.total);
        return this.list.hasMore ? _t("more than %s", total) : total;
    }

    get canFetch() {
        return Boolean(this.node && isFetched(this.node));
    }

    deleteHere() {
        return deleteHere(this.model, this.model.folder);
    }

    get orders() {
        const isWritten = WRITTEN.includes(this.model.folder?.role);
        return ORDERS.map((order) =>
            isWritten && order.name === "sender" ? { ...order, label: _t("Recipient") } : order
        );
    }

    get orderLabel() {
        return this.orders.find(({ name }) => name === this.list.query.order).label;
    }

    get directionLabel() {
        return this.list.query.ascending ? _t("ascending") : _t("descending");
    }

    /** One of them is chosen; chosen again, it goes the other way. */
    orderAttributes({ name }) {
        const isChosen = name === this.list.query.order;
        return { "data-order": name, role: "menuitemradio", "aria-checked": isChosen ? "true" : "false" };
    }

    get cursorId() {
        return this.list.rows.get(this.list.cursor)?.id;
    }

    /** Who is at the other end: in folders of sent mail the recipient. */
    correspondent(message) {
        return splitAddress("email_to" in message ? message.email_to : message.email_from).name;
    }

    /** Who took part in a conversation, the last one first, and of how many messages it is made. */
    participants({ conversation }) {
        const names = conversation.participants.map((header) => splitAddress(header).name);
        return [...new Set(names)].join(", ");
    }

    conversationTitle({ conversation }) {
        return conversation.unread
            ? _t("%(count)s messages, %(unread)s of them unread", conversation)
            : _t("%s messages", conversation.count);
    }

    get conversationsLabel() {
        if (this.settings.comm_conversations && !this.list.isGrouped) {
            return _t("Show conversations (not while searching, or sorted by anything else than the date)");
        }
        return _t("Show conversations");
    }

    toggleConversations() {
        return this.settingsService.set("comm_conversations", !this.settings.comm_conversations);
    }

    avatar(message) {
        const name = this.correspondent(message);
        // The contact is the sender's.
        const hasImage = message.partner_id && !("email_to" in message);
        return {
            url: hasImage && `/web/image/res.partner/${message.partner_id}/avatar_128`,
            text: initials(name),
            style: `background-color: hsl(${hueOf(name)}, 45%, 32%)`,
        };
    }

    get selection() {
        return this.list.selection;
    }

    /** What can be done with the selected messages. */
    get bulkActions() {
        const { changes, places } = this.model;
        const { selection } = this;
        const take = (name, icon, label) => ({ name, icon, label, run: () => changes[name](selection.target) });
        const mark = (name, icon, label) => ({ name, icon, label, run: () => changes.mark(name, selection.target) });
        return [
            mark("seen", "fa-envelope-open-o", _t("Mark as read")),
            mark("unseen", "fa-envelope", _t("Mark as unread")),
            changes.rowsOf(selection.target).every((row) => row.is_flagged)
                ? mark("unflag", "fa-star-o", _t("Remove the flag"))
                : mark("flag", "fa-star", _t("Flag")),
            ...(places.whyNotTo("archive", selection.target) ? [] : [take("archive", "fa-archive", _t("Archive"))]),
            take("delete", "fa-trash", this.model.isFinalFolder ? _t("Delete for good") : _t("Delete")),
        ];
    }

    /** What shows on a row while the mouse is there. */
    rowActions(message) {
        const { changes, places } = this.model;
        const targets = this.list.targetOf([message.id]);
        const seen = message.is_seen ? "unseen" : "seen";
        return [
            {
                name: "seen",
                icon: message.is_seen ? "fa-envelope" : "fa-envelope-open-o",
                label: message.is_seen ? _t("Mark as unread") : _t("Mark as read"),
                run: () => changes.mark(seen, targets),
            },
            ...(places.of(message).roles.includes("archive")
                ? [{ name: "archive", icon: "fa-archive", label: _t("Archive"), run: () => changes.archive(targets) }]
                : []),
            { name: "delete", icon: "fa-trash", label: _t("Delete"), run: () => changes.delete(targets) },
        ];
    }

    /** The row that commands are about, since none is open or selected. */
    get currentId() {
        return currentRow(this.model)?.id;
    }

    focusList() {
        this.root.el?.focus();
    }

    /** Whoever comes by the keyboard begins at the row that has the frame then. */
    onFocus() {
        const { el } = this.root;
        const row = this.list.rows.get(this.list.cursor);
        if (row && !this.list.isMarked && !isReading(this.model) && el?.matches(":focus-visible")) {
            this.list.mark(row.id);
        }
    }

    /** What the mouse does on a row leaves the keyboard in the list: at the open message, or else at that row. */
    runOnRow(message, run) {
        if (!isReading(this.model)) {
            this.list.mark(message.id);
        }
        this.focusList();
        return run();
    }

    clearFilters() {
        return this.list.change({ filters: [], search: "" });
    }

    /** Whether the user may change this message. */
    canWrite(message) {
        return this.model.places.of(message).canWrite;
    }

    /** In which folder of which mailbox a message lies that was found there. */
    folderName(message) {
        return this.list.isWide ? this.model.places.of(message).name : undefined;
    }

    move() {
        askForFolder("move", this.selection.target, { model: this.model, dialog: this.dialog });
    }

    toggleAll() {
        if (this.selection.isEmpty) {
            this.selection.selectAll();
        } else {
            this.selection.clear();
        }
    }

    toggleRow(index, message) {
        if (this.canWrite(message)) {
            this.list.mark(message.id);
            this.selection.toggle(index, message.id);
        }
    }

    onClickRow(ev, index, message) {
        this.list.mark(message.id);
        if (this.model.canWrite && ev.shiftKey) {
            return this.selection.range(index);
        }
        if (this.canWrite(message) && (ev.ctrlKey || ev.metaKey)) {
            this.takeOpenAlong(message);
            return this.selection.toggle(index, message.id);
        }
        this.selection.clear();
        this.selection.anchorAt(index);
        return this.props.onOpen(message);
    }

    /** The open message looks selected, and in other mail programs it is: the second one makes two. */
    takeOpenAlong(message) {
        const open = this.list.find(this.model.reading.rowId);
        if (this.selection.isEmpty && open && open.id !== message.id && this.canWrite(open)) {
            this.selection.toggle(this.list.indexOf(open.id), open.id);
        }
    }

    onMousedownRow(ev) {
        // Shift would mark text.
        if (ev.shiftKey) {
            ev.preventDefault();
            this.root.el.focus();
        }
    }

    onKeydown(ev) {
        if (ev.target !== ev.currentTarget || ev.altKey) {
            return;
        }
        if (this._walk(ev) || this._act(ev)) {
            ev.preventDefault();
            ev.stopPropagation();
        }
    }

    /** @returns {boolean} whether this key walks */
    _walk(ev) {
        if (ev.ctrlKey || ev.metaKey) {
            return false;
        }
        const { cursor, isMarked, total } = this.list;
        const isSelecting = ev.shiftKey && this.model.canWrite;
        const next = isMarked ? cursor + 1 : cursor;
        const page = this.virtual.pageLength - 1;
        const target = {
            ArrowDown: next,
            j: next,
            ArrowUp: cursor - 1,
            k: cursor - 1,
            Home: 0,
            End: total - 1,
            PageDown: cursor + page,
            PageUp: cursor - page,
        }[ev.key];
        if (target === undefined) {
            return false;
        }
        if (this.selection.isEmpty) {
            this.selection.anchorAt(cursor);
        }
        this.list.walkTo(target, { isSelecting });
        this.virtual.scrollTo(this.list.cursor);
        if (isSelecting) {
            this.selection.range(this.list.cursor);
        }
        return true;
    }

    /** @returns {boolean} whether this key does something that is about the list; the others are the Manager's */
    _act(ev) {
        const { cursor } = this.list;
        const message = this.list.rows.get(cursor);
        if (ev.ctrlKey || ev.metaKey) {
            const isAll = ev.key === "a" && this.model.canWrite;
            if (isAll) {
                this.selection.selectAll();
            }
            return isAll;
        }
        if (isMenuKey(ev)) {
            this.menu.openAtCursor();
        } else if (ev.key === "Escape" && !this.selection.isEmpty) {
            endSelection(this.model);
        } else if (ev.key === " " && message) {
            this.toggleRow(cursor, message);
        } else {
            return false;
        }
        return true;
    }
}
