import { Component } from "@odoo/owl";
import { ContextMenu, useContextMenu } from "@comm_folders/menu/context_menu";
import { Tree } from "@comm_folders/tree/tree";
import { formatInteger } from "@web/views/fields/formatters";
import { titleOf, unreadOf } from "@comm_folders/tree/tree_model";
import { treeActions } from "@comm_folders/manager/tree_actions";

/** Both structures with their unread counts, and the menu of a mailbox or folder. */
export class FolderTree extends Component {
    static template = "comm_folders.FolderTree";
    static components = { ContextMenu, Tree };
    static props = {
        model: Object,
        onSelect: Function,
    };

    setup() {
        this.menu = useContextMenu();
        this.formatInteger = formatInteger;
        this.titleOf = titleOf;
    }

    get model() {
        return this.props.model;
    }

    unread(node, isExpanded) {
        return unreadOf(node, !isExpanded);
    }

    actions(node) {
        return treeActions.getEntries().filter(([, action]) => action.isAvailable(node, this.model));
    }

    get menuGroups() {
        const node = this.menu.state.subject;
        if (!node) {
            return [];
        }
        const items = this.actions(node).map(([name, { label, icon, isLong, run }]) => ({
            name,
            label,
            icon,
            isDisabled: Boolean(isLong) && this.model.fetching.isBusy(node),
            run: () => run(node, this.model),
        }));
        return [items];
    }

    /** @returns {boolean} whether this node has a menu */
    openMenu(node, place) {
        if (node.type === "group" || !this.actions(node).length) {
            return false;
        }
        this.menu.open(node, place);
        return true;
    }

    onMenuButton(ev, node) {
        const { left, bottom } = ev.currentTarget.getBoundingClientRect();
        this.openMenu(node, { x: left, y: bottom });
    }
}
