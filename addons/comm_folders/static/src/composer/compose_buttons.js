import { Component } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { useService } from "@web/core/utils/hooks";

/** New, and what can be done with the open message: answer and forward it, or go on with a draft. */
export class ComposeButtons extends Component {
    static template = "comm_folders.ComposeButtons";
    static components = { Dropdown, DropdownItem };
    static props = {
        model: Object,
        withNew: { type: Boolean, optional: true },
    };

    setup() {
        this.composer = useService("comm_composer");
        this.sending = useService("comm_sending");
    }

    get message() {
        return this.props.model.message;
    }

    get isDraft() {
        return isDraft(this.message, this.props.model.folder);
    }

    /** Not to be answered: it is still on its way, or never left. */
    get isUnsent() {
        return ["queued", "sending", "failed", "perhaps_sent"].includes(this.message?.outgoing_state);
    }

    open(mode) {
        return this.composer.open({ mode, messageId: mode === "new" ? undefined : this.message.id });
    }
}

/** Also what another mail program put into the drafts folder can be written on here. */
export function isDraft(message, folder) {
    if (message?.outgoing_state) {
        return message.outgoing_state === "draft";
    }
    return Boolean(message) && folder?.role === "drafts";
}
