import { Component, useEffect, useRef, useState } from "@odoo/owl";
import { Pager } from "@web/core/pager/pager";
import { longDate, shortDate, splitAddress } from "@comm_folders/manager/message_format";
import { PAGE_SIZE } from "@comm_folders/manager/manager_model";

/** The messages of the open folder, a page at a time. */
export class MessageList extends Component {
    static template = "comm_folders.MessageList";
    static components = { Pager };
    static props = {
        model: Object,
        onOpen: Function,
        onBack: { type: Function, optional: true },
    };

    setup() {
        this.pageSize = PAGE_SIZE;
        this.root = useRef("root");
        this.state = useState({ cursorId: undefined });
        Object.assign(this, { longDate, shortDate });
        useEffect(
            (list) => {
                if (list) {
                    list.scrollTop = 0;
                }
            },
            () => [this.root.el, this.model.folderId, this.model.offset]
        );
    }

    get model() {
        return this.props.model;
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

    get total() {
        return Math.max(this.model.folder.message_count, this.model.offset + this.model.messages.length);
    }

    get canFetch() {
        return Boolean(this.node?.mailbox);
    }

    /** Who is at the other end: in folders of sent mail the recipient. */
    correspondent(message) {
        return splitAddress("email_to" in message ? message.email_to : message.email_from).name;
    }

    isCursor(message) {
        const { messages, messageId } = this.model;
        const wanted = [this.state.cursorId, messageId].find((id) => messages.some((candidate) => candidate.id === id));
        return message.id === (wanted ?? messages[0].id);
    }

    onKeydown(ev, message) {
        const { messages } = this.model;
        const position = messages.indexOf(message);
        const targets = {
            ArrowDown: position + 1,
            ArrowUp: position - 1,
            Home: 0,
            End: messages.length - 1,
            PageDown: Math.min(position + 10, messages.length - 1),
            PageUp: Math.max(position - 10, 0),
        };
        if (ev.target !== ev.currentTarget || ev.altKey || ev.ctrlKey || ev.metaKey) {
            return;
        }
        if (ev.key in targets) {
            this.root.el.querySelector(`[data-id="${messages[targets[ev.key]]?.id}"]`)?.focus();
        } else if (ev.key === "Enter" || ev.key === " ") {
            this.props.onOpen(message);
        } else {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }
}
