import { Component, onMounted, onWillDestroy, onWillStart, useEffect, useRef, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { SIZES } from "@web/core/ui/ui_service";
import { useBus, useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { FolderTree } from "@comm_folders/manager/folder_tree";
import { KeysDialog } from "@comm_folders/manager/keys_dialog";
import { focusPane, takeFocus, useKeptFocus } from "@comm_folders/manager/kept_focus";
import { isDraft } from "@comm_folders/manager/manager_commands";
import { useManagerKeys } from "@comm_folders/manager/manager_keys";
import { ManagerModel } from "@comm_folders/manager/manager_model";
import { ManagerToolbar } from "@comm_folders/manager/manager_toolbar";
import { MessageList } from "@comm_folders/manager/message_list";
import { messageMenu } from "@comm_folders/manager/message_menu";
import { ContextMenu, useContextMenu } from "@comm_folders/menu/context_menu";
import { useRefresh } from "@comm_folders/news/refresh_hook";
import { MessagePreview } from "@comm_folders/manager/message_preview";
import { loadSizes, PaneResizer, saveSizes } from "@comm_folders/manager/pane_resizer";
import { Panes } from "@comm_folders/manager/panes";
import { usePaneHistory } from "@comm_folders/manager/pane_history";
import { remembered, rememberOpen, rememberTree } from "@comm_folders/manager/remembered";
import { useReconnect } from "@comm_folders/manager/reconnect_hook";
import { useWaiting } from "@comm_folders/manager/waiting_hook";
import { endSelection, subjectOf, subjectOfRow } from "@comm_folders/manager/subject";

/** What is watched cannot go into the browser's history. */
const plain = (value) => JSON.parse(JSON.stringify(value));

/**
 * The Communication Manager: folders, messages, one message. What panes there is room for is told in panes.js; the preview
 * stands at the right of the list or below it, as the user's settings say.
 */
export class Manager extends Component {
    static template = "comm_folders.Manager";
    static components = { ContextMenu, FolderTree, Layout, ManagerToolbar, MessageList, MessagePreview, PaneResizer };
    static props = {
        ...standardActionServiceProps,
        // Where to begin: {id, name} of a mailbox.
        mailbox: { type: Object, optional: true },
        // What to read at once: {id, folder_id} of a message.
        message: { type: Object, optional: true },
    };

    setup() {
        this.ui = useState(useService("ui"));
        this.action = useService("action");
        this.composer = useService("comm_composer");
        this.dialog = useService("dialog");
        this.root = useRef("root");
        this.settings = useState(useService("comm_settings").settings);
        const { state: local, globalState, mailbox } = this.props;
        this.panes = useState(new Panes({ ui: this.ui, settings: this.settings, pane: mailbox ? "list" : "tree" }));
        this.dock = useState(this.composer.dock);
        const history = usePaneHistory({
            getDepth: () => this.panes.depth + this.covering.length,
            goTo: (depth) => this.goToDepth(depth),
        });
        // Who comes back finds what was left, not what one begins with.
        const left =
            local || (globalState?.pane && globalState) || (history.isReturn && remembered({ isReturn: true }));
        this.panes.pane = left?.pane || this.panes.pane;
        this.model = useState(
            new ManagerModel({
                orm: useService("orm"),
                action: this.action,
                notification: useService("notification"),
                dialog: this.dialog,
                sending: useService("comm_sending"),
                settings: this.settings,
                panes: this.panes,
            })
        );
        this.state = useState({ sizes: loadSizes() });
        this.display = { controlPanel: {} };
        this.context = { model: this.model, composer: this.composer, dialog: this.dialog, screen: this };
        useManagerKeys(this.root, () => this.context);
        const getState = () => plain({ ...this.model.state, pane: this.panes.pane, depth: history.depthHere() });
        useSetupAction({ getLocalState: getState, getGlobalState: getState });
        useBus(useService("comm_news").bus, "news", ({ detail }) => this.model.refresh(detail.folderIds, detail));
        useBus(this.composer.bus, "leave", ({ detail }) => this.model.reading.leave(detail.ids));
        useRefresh(() => this.model.refresh());
        useWaiting(({ mailbox_id: mailboxId }) => this.model.changes.withdrawNote(mailboxId));
        useReconnect(() => this.model.recover());
        onWillStart(() => (left ? this.model.load(left) : this.model.load(remembered(), mailbox)));
        useEffect(
            (state) => rememberTree(state),
            () => [JSON.stringify(this.model.treeState)]
        );
        useEffect(
            (state) => rememberOpen(state),
            () => {
                const { selectedKey, folderId, messageId, list } = this.model;
                const position = list.cursor;
                return [JSON.stringify({ selectedKey, folderId, messageId, position, pane: this.panes.pane })];
            }
        );
        // What was read alone on the screen may go away meanwhile.
        useEffect(
            (isOpen) => {
                if (!isOpen && this.panes.pane === "preview") {
                    this.showPane("list");
                }
            },
            () => [Boolean(this.model.messageId)]
        );
        this.menu = useContextMenu();
        // What it is about is not in the list any more.
        useEffect(
            () => this.menu.close(),
            () => [this.model.list.stamp]
        );
        useKeptFocus(this.root, () => this.panes.pane);
        onMounted(() => takeFocus(this.root.el, this.panes.columns > 1 ? "list" : this.panes.pane));
        onMounted(() => !left && this.props.message && this.onShowMessage(this.props.message));
        onWillDestroy(() => {
            this.model.closeMessage();
            this.model.fetching.leave();
        });
    }

    get treeStyle() {
        const { tree } = this.state.sizes;
        return tree && this.panes.columns > 1 ? `width: ${tree}px` : "";
    }

    get listStyle() {
        const { list, listHeight } = this.state.sizes;
        if (this.panes.arrangement === "below") {
            return listHeight ? `height: ${listHeight}px` : "";
        }
        return list && this.panes.isSplit ? `width: ${list}px` : "";
    }

    onResize(name, size) {
        this.state.sizes[name] = size;
        saveSizes(this.state.sizes);
    }

    onSelectNode(node) {
        if (this.model.select(node)) {
            this.showPane("list");
        }
    }

    onOpenMessage(message) {
        this.panes.pane = "preview";
        return this.model.open(message);
    }

    onShowFolder(message) {
        this.showPane("list");
        return this.model.showFolderOf(message);
    }

    /** It may be in a folder that has no place in the tree of this user. */
    onShowMessage(message) {
        if (this.model.pathTo(message.folder_id)) {
            this.panes.pane = "preview";
            this.model.showFolderOf({ ...message, is_seen: false });
        }
    }

    onListDoubleClick(ev) {
        const id = Number(ev.target.closest("[data-id]")?.dataset.id);
        const message = this.model.list.find(id);
        if (isDraft(message, this.model)) {
            this.composer.open({ mode: "draft", messageId: id });
        }
    }

    /**
     * The menu of the selected messages, or of one that is not selected, as they are now.
     *
     * @param {Object} place
     * @param {Object} [row] the message that it is about instead of the selection
     */
    onMessageMenu(place, row) {
        this.menu.open(row ? subjectOfRow(this.model, row) : subjectOf(this.model), place);
    }

    /** The row that the open menu is about, unless it is about what is selected anyway. */
    get menuRowId() {
        const { subject } = this.menu.state;
        return subject?.message && !this.model.selection.has(subject.message.id) ? subject.message.id : undefined;
    }

    get menuGroups() {
        return messageMenu(this.menu.state.subject, this.context);
    }

    /** A message that is not on the screen any more is not open: it would become read there, and be taken for open. */
    showPane(pane) {
        this.panes.pane = pane;
        if (!this.panes.isPreviewShown) {
            this.model.closeMessage();
        }
    }

    /** Windows to write in that cover the panes, the one in sight last. */
    get covering() {
        return this.ui.isSmall ? this.dock.composers.filter(({ isMinimized }) => !isMinimized) : [];
    }

    goToDepth(depth) {
        const covering = this.covering.at(-1);
        if (covering) {
            this.composer.putAside(covering);
            return;
        }
        const pane = this.panes.paneAt(depth);
        if (pane === "preview" && !this.model.messageId) {
            this.openAtCursor();
        } else {
            this.showPane(pane);
        }
    }

    /** What stands in the toolbar of a screen with one pane at a time. */
    get paneGroups() {
        return this.panes.pane === "preview"
            ? ["answer", "file", "more", "settings"]
            : ["mailboxes", "more", "settings"];
    }

    get isWithLabels() {
        return this.ui.size >= SIZES.XL;
    }

    // ------------------------------------------------------ what commands do

    /** Do it, or say why it cannot be done. */
    run(command, subject) {
        const reason = command.whyNot?.(subject, this.context);
        if (reason) {
            this.model.notification.add(reason, { type: "info" });
            return undefined;
        }
        return command.run(subject, this.context);
    }

    /** Go to the next or previous message; a preview that is on the screen follows. */
    step(count) {
        const { list } = this.model;
        list.step(count);
        if (this.panes.isListShown) {
            focusPane(this.root.el, "list");
        } else {
            list.ensure(list.cursor, list.cursor + 1);
        }
    }

    openAtCursor() {
        const { list, selection } = this.model;
        const message = list.rows.get(list.cursor);
        if (!message) {
            return undefined;
        }
        selection.clear();
        return this.onOpenMessage(message);
    }

    /** @returns {boolean} whether there was something to go back from */
    goBack() {
        const { isListShown, isSplit, pane } = this.panes;
        if (!this.model.selection.isEmpty) {
            endSelection(this.model);
        } else if (!isSplit && pane === "preview") {
            this.showPane("list");
        } else if (
            isListShown &&
            this.root.el.querySelector(".o_comm_pane_preview :focus, .o_comm_message_preview:focus")
        ) {
            focusPane(this.root.el, "list");
        } else {
            return false;
        }
        return true;
    }

    focusSearch() {
        this.root.el.querySelector(".o_comm_search_input")?.focus();
    }

    showKeys() {
        this.dialog.add(KeysDialog);
    }

    openSettings() {
        return this.openAction("comm_folders.action_my_settings");
    }

    openAction(xmlId) {
        return this.action.doAction(xmlId);
    }
}

registry.category("actions").add("comm_folders.manager", Manager);
