import { Component, useState } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/** What becomes of a message that was written here, in the words of the server, and what its author can do about it. */
export class OutgoingState extends Component {
    static template = "comm_folders.OutgoingState";
    static props = { message: Object, onChanged: Function };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.composer = useService("comm_composer");
        this.sending = useService("comm_sending");
        this.state = useState({ isBusy: false });
    }

    get outgoing() {
        return this.props.message.outgoing_state;
    }

    get isShown() {
        return (
            ["queued", "sending", "failed", "perhaps_sent"].includes(this.outgoing) ||
            (this.outgoing === "sent" && Boolean(this.props.message.send_error))
        );
    }

    get level() {
        return { queued: "info", sending: "info", sent: "warning", perhaps_sent: "warning" }[this.outgoing] || "danger";
    }

    get title() {
        switch (this.outgoing) {
            case "queued":
                return this.props.message.send_error ? _t("It is tried again.") : _t("Waiting to be sent.");
            case "sending":
                return _t("Being sent.");
            case "sent":
                return _t("Sent, but not to everybody.");
            case "perhaps_sent":
                return _t("Perhaps sent.");
            default:
                return _t("Not sent.");
        }
    }

    async _do(work) {
        this.state.isBusy = true;
        try {
            await work();
        } finally {
            this.state.isBusy = false;
            await this.props.onChanged();
        }
    }

    _call(method, kwargs = {}) {
        return this.orm.call("comm.message", method, [[this.props.message.id]], kwargs);
    }

    undo() {
        const { id } = this.props.message;
        return this._do(async () => {
            await this._call("action_undo_send");
            await this.composer.open({ mode: "draft", messageId: id });
        });
    }

    editAgain() {
        return this._do(() => this.sending.editAgain(this.props.message.id));
    }

    arrived() {
        return this._do(() => this._call("action_was_sent"));
    }

    retry() {
        if (this.outgoing !== "perhaps_sent") {
            return this._do(() => this._call("action_retry"));
        }
        this.dialog.add(ConfirmationDialog, {
            title: _t("Send it a second time?"),
            body: _t("This message may have arrived already. Ask a recipient before you send it a second time."),
            confirmLabel: _t("Send again"),
            confirm: () => this._do(() => this._call("action_retry", { confirmed: true })),
            cancel: () => {},
        });
        return undefined;
    }
}
