/** How the menu of a row of the message list is asked for; what it offers is decided by the Manager (message_menu.js). */
export class MessageListMenu {
    /** @param {import("@comm_folders/manager/message_list").MessageList} component */
    constructor(component) {
        this.component = component;
    }

    /** A row of the selection has the menu of all of it, any other one its own, and what is open stays so. */
    open(message, place) {
        const { selection, props } = this.component;
        if (selection.has(message.id)) {
            props.onMenu?.(place);
        } else {
            selection.clear();
            props.onMenu?.(place, message);
        }
    }

    openAtCursor() {
        const { list, virtual, root } = this.component;
        const { cursor } = list;
        const message = list.rows.get(cursor);
        if (message) {
            virtual.scrollTo(cursor);
            const { left, top } = root.el.getBoundingClientRect();
            const row = virtual.drawn.find(({ index }) => index === cursor);
            const y = top + row.top - root.el.scrollTop + this.component.rowHeight;
            this.open(message, { x: left + 48, y, isByKeyboard: true });
        }
    }

    onContextMenu(ev, message) {
        ev.preventDefault();
        this.open(message, { x: ev.clientX, y: ev.clientY });
    }

    /** Some systems ask for a menu when the key is let go, which opened ours already. */
    onContextMenuKey(ev) {
        if (ev.target === ev.currentTarget && ev.button !== 2) {
            ev.preventDefault();
        }
    }
}
