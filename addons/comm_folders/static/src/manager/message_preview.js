import { Component } from "@odoo/owl";
import { ComposeButtons } from "@comm_folders/composer/compose_buttons";
import { OutgoingState } from "@comm_folders/composer/outgoing_state";
import { MessageBody } from "@comm_folders/manager/message_body";
import { fileSize, longDate, splitAddress } from "@comm_folders/manager/message_format";

/** The open message: who, when, what is attached, and the body. */
export class MessagePreview extends Component {
    static template = "comm_folders.MessagePreview";
    static components = { ComposeButtons, MessageBody, OutgoingState };
    static props = {
        model: Object,
        onBack: { type: Function, optional: true },
    };

    setup() {
        Object.assign(this, { fileSize, longDate });
    }

    /** After its author did something about a message on its way. */
    async reload() {
        const { model } = this.props;
        const id = model.messageId;
        await Promise.all([model.open({ id, is_seen: true }), model.loadPage()]);
    }

    get message() {
        return this.props.model.message;
    }

    get isLoadingWhole() {
        return this.props.model.loadingWholeId === this.message.id;
    }

    get sender() {
        return splitAddress(this.message.email_from);
    }

    get recipients() {
        return [
            { field: "to", text: this.message.email_to },
            { field: "cc", text: this.message.email_cc },
        ].filter(({ text }) => text);
    }

    downloadUrl(attachment) {
        return `/web/content/${attachment.id}?download=true`;
    }
}
