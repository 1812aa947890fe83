import { Component, useRef, useState } from "@odoo/owl";
import { useBodyMail } from "@comm_folders/manager/body_mail";
import { useBodyFocus } from "@comm_folders/manager/body_focus";
import { messageUrl } from "@comm_folders/manager/message_actions";

/**
 * The body of a message, in a frame of its own without scripts, cookies or network: what a stranger wrote must not reach
 * the page around it. The server sends it with a policy that says the same, see controllers/message_body.py.
 */
export class MessageBody extends Component {
    static template = "comm_folders.MessageBody";
    static props = {
        messageId: Number,
        // What lets the pictures from the internet in, see comm.message.preview_info.
        remote: { type: String, optional: true },
        // All of a very long body.
        isWhole: { type: Boolean, optional: true },
    };

    setup() {
        // The address that the frame has shown all of.
        this.state = useState({ loaded: "" });
        useBodyFocus(useRef("frame"));
        this.listener = useBodyMail();
    }

    get url() {
        const { messageId, remote, isWhole } = this.props;
        return messageUrl({ id: messageId }, "body", { remote, listener: this.listener, whole: isWhole ? 1 : "" });
    }
}
