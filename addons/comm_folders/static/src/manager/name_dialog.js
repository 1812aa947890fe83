import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { useAutofocus } from "@web/core/utils/hooks";

/** Asks for a name. It closes when `save` succeeded: a name that is refused can be corrected. */
export class NameDialog extends Component {
    static template = "comm_folders.NameDialog";
    static components = { Dialog };
    static props = {
        title: String,
        label: String,
        name: { type: String, optional: true },
        save: Function,
        close: Function,
    };

    setup() {
        useAutofocus({ selectAll: true });
        this.state = useState({ name: this.props.name || "", isSaving: false });
    }

    get canSave() {
        return Boolean(this.state.name.trim()) && !this.state.isSaving;
    }

    onKeydown(ev) {
        if (ev.key === "Enter" && !ev.isComposing) {
            ev.preventDefault();
            this.save();
        }
    }

    async save() {
        if (!this.canSave) {
            return;
        }
        this.state.isSaving = true;
        try {
            await this.props.save(this.state.name.trim());
        } finally {
            this.state.isSaving = false;
        }
        this.props.close();
    }
}
