import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";
import { splitAddress } from "@comm_folders/manager/message_format";

/** Show a record as Odoo shows it; the way back leads here. */
async function openRecord({ orm, action }, model, id) {
    await action.doAction(await orm.call(model, "get_formview_action", [[id]]));
}

/** What the open message is about: a click shows the record, the cross removes the link. */
export class LinkedRecords extends Component {
    static template = "comm_folders.LinkedRecords";
    static props = {
        message: Object,
        canRemove: Boolean,
        onRemoved: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    label({ kind, name }) {
        return _t("Open %(kind)s: %(name)s", { kind, name });
    }

    removeLabel({ name }) {
        return _t("Remove the link to %s", name);
    }

    open({ model, res_id }) {
        return openRecord(this, model, res_id);
    }

    async remove({ id }) {
        await this.orm.call("comm.message", "unlink_from", [[this.props.message.id], [id]]);
        await this.props.onRemoved();
    }
}

/** The contact with the sender's address: opens it, or Odoo's own form for a new one. */
export class SenderContact extends Component {
    static template = "comm_folders.SenderContact";
    static props = { message: Object, onAdded: Function };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
    }

    get contact() {
        return this.props.message.sender_contact;
    }

    open() {
        return openRecord(this, "res.partner", this.contact.id);
    }

    add() {
        const { name, address } = splitAddress(this.props.message.email_from);
        this.dialog.add(FormViewDialog, {
            resModel: "res.partner",
            title: _t("New contact"),
            context: { default_name: name, default_email: address || name },
            onRecordSaved: () => this.props.onAdded(),
        });
    }
}
