import { Component, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { useDropdownState } from "@web/core/dropdown/dropdown_hooks";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { Tree } from "@comm_folders/tree/tree";
import { unreadOf } from "@comm_folders/tree/tree_model";
import { treeActions } from "@comm_folders/manager/tree_actions";

/** Both structures with their unread counts, and the menu of a mailbox or folder. */
export class FolderTree extends Component {
    static template = "comm_folders.FolderTree";
    static components = { Dropdown, DropdownItem, Tree };
    static props = {
        model: Object,
        onSelect: Function,
    };

    setup() {
        this.menu = useDropdownState({ onClose: () => (this.state.menuNode = undefined) });
        this.goneLabel = _t("Gone from the server. What Odoo holds of it is kept.");
        this.state = useState({ menuNode: undefined, x: 0, y: 0 });
    }

    get model() {
        return this.props.model;
    }

    unread(node, isExpanded) {
        return unreadOf(node, !isExpanded);
    }

    actions(node) {
        return treeActions.getAll().filter((action) => action.isAvailable(node, this.model));
    }

    /** @returns {boolean} whether this node has a menu */
    openMenu(node, { x, y }) {
        if (node.type === "group" || !this.actions(node).length) {
            return false;
        }
        this.menu.close();
        Object.assign(this.state, { menuNode: node, x, y });
        // The menu stands beside an anchor at this place, which has to be rendered there first.
        requestAnimationFrame(() => this.menu.open());
        return true;
    }

    onMenuButton(ev, node) {
        const { left, bottom } = ev.currentTarget.getBoundingClientRect();
        this.openMenu(node, { x: left, y: bottom });
    }
}
