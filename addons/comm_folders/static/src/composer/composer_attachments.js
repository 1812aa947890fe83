import { Component } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { fileSize } from "@comm_mailboxes/format/file_size";

const DAYS = [7, 30, 90];

/** The files of a message that is being written. */
export class ComposerAttachments extends Component {
    static template = "comm_folders.ComposerAttachments";
    static components = { Dropdown, DropdownItem };
    static props = { files: Object, warning: String, onShare: Function };

    setup() {
        this.days = DAYS;
        this.fileSize = fileSize;
    }

    get files() {
        return this.props.files;
    }

    shareLabel(days) {
        return _t("Send as a link, for %s days", days);
    }

    percent(upload) {
        return Math.round(upload.progress * 100);
    }

    url(attachment) {
        return `/web/content/${attachment.id}?download=true`;
    }
}
