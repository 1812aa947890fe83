import { Component } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { FileModel } from "@web/core/file_viewer/file_model";
import { useFileViewer } from "@web/core/file_viewer/file_viewer_hook";
import { registry } from "@web/core/registry";
import { useBus } from "@web/core/utils/hooks";
import { distinctNames } from "@comm_folders/manager/message_format";
import { fileSize } from "@comm_mailboxes/format/file_size";

/** The files of a message: a click shows what Odoo's viewer can show and downloads the rest. */
export class AttachmentChips extends Component {
    static template = "comm_folders.AttachmentChips";
    static props = {
        messageId: Number,
        attachments: Array,
    };

    setup() {
        this.viewer = useFileViewer();
        this.fileSize = fileSize;
        // Odoo's viewer does not give the keyboard back.
        useBus(registry.category("main_components"), "UPDATE", ({ detail: { operation, key } }) => {
            if (operation === "delete" && key.startsWith("web.file_viewer")) {
                browser.setTimeout(() => this.opener?.focus());
            }
        });
    }

    /** In the order of the mail, not the newest first as Odoo lists them. */
    get files() {
        const attachments = [...this.props.attachments].sort((a, b) => a.id - b.id);
        const names = distinctNames(attachments.map(({ name }) => name));
        return attachments.map(({ id, mimetype, file_size }, index) =>
            Object.assign(new FileModel(), { id, name: names[index], mimetype, file_size, type: "binary" })
        );
    }

    get total() {
        return this.props.attachments.reduce((sum, attachment) => sum + attachment.file_size, 0);
    }

    downloadUrl(file) {
        return `/web/content/${file.id}?download=true&filename=${encodeURIComponent(file.name)}`;
    }

    onClick(ev, file, files) {
        if (file.isViewable && !ev.ctrlKey && !ev.metaKey) {
            ev.preventDefault();
            this.opener = ev.currentTarget;
            this.viewer.open(file, files);
        }
    }
}
