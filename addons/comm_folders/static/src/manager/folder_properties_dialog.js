import { Component, onWillStart, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";
import { fileSize } from "@comm_mailboxes/format/file_size";
import { Quota } from "@comm_mailboxes/quota/quota";

/** What a folder is, and whether it is fetched by itself. */
export class FolderPropertiesDialog extends Component {
    static template = "comm_folders.FolderPropertiesDialog";
    static components = { Dialog, Quota };
    static props = {
        folderId: Number,
        close: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ mode: undefined, isSaving: false });
        Object.assign(this, { fileSize, formatInteger });
        onWillStart(async () => {
            this.folder = await this.orm.call("comm.folder", "get_properties", [[this.props.folderId]]);
            this.state.mode = this.folder.fetch_mode;
        });
    }

    get lastFetch() {
        return formatDateTime(deserializeDateTime(this.folder.last_fetch));
    }

    get modeLabel() {
        return this.folder.fetch_modes.find(([value]) => value === this.folder.fetch_mode)?.[1];
    }

    get isChanged() {
        return this.state.mode !== this.folder.fetch_mode;
    }

    async save() {
        this.state.isSaving = true;
        try {
            await this.orm.call("comm.folder", "choose_fetch_mode", [[this.props.folderId], this.state.mode]);
        } finally {
            this.state.isSaving = false;
        }
        this.props.close();
    }
}
