import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { Dialog } from "@web/core/dialog/dialog";
import { RecordSelector } from "@web/core/record_selectors/record_selector";
import { useService } from "@web/core/utils/hooks";
import { byCount } from "@comm_folders/manager/message_format";

/** Asks to which record of Odoo messages are to be linked: first of what kind, then which. */
export class LinkDialog extends Component {
    static template = "comm_folders.LinkDialog";
    static components = { Dialog, RecordSelector };
    static defaultProps = { count: 1 };
    static props = {
        // How many messages; 0 when nobody counted them.
        count: { type: Number, optional: true },
        // Called with the model and the id.
        link: Function,
        close: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ model: "", resId: false, isSaving: false });
        onWillStart(async () => {
            this.kinds = await this.orm.call("comm.message", "link_models");
            this.state.model = this.kinds[0]?.model || "";
        });
    }

    get title() {
        const { count } = this.props;
        return count
            ? byCount(count, _t("Link the message to a record"), (many) => _t("Link %s messages to a record", many))
            : _t("Link the messages to a record");
    }

    get kindName() {
        return this.kinds.find(({ model }) => model === this.state.model).name;
    }

    get canSave() {
        return Boolean(this.state.resId) && !this.state.isSaving;
    }

    onKindChange(ev) {
        Object.assign(this.state, { model: ev.target.value, resId: false });
    }

    async save() {
        const { model, resId } = this.state;
        this.state.isSaving = true;
        try {
            await this.props.link(model, resId);
        } finally {
            this.state.isSaving = false;
        }
        this.props.close();
    }
}
