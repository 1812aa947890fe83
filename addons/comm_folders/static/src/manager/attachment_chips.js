import { Component } from "@odoo/owl";
import { FileModel } from "@web/core/file_viewer/file_model";
import { useFileViewer } from "@web/core/file_viewer/file_viewer_hook";
import { fileSize } from "@comm_folders/manager/message_format";

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
    }

    get files() {
        return this.props.attachments.map(({ id, name, mimetype, file_size }) =>
            Object.assign(new FileModel(), { id, name, mimetype, file_size, type: "binary" })
        );
    }

    get total() {
        return this.props.attachments.reduce((sum, attachment) => sum + attachment.file_size, 0);
    }

    downloadUrl(file) {
        return `/web/content/${file.id}?download=true`;
    }

    onClick(ev, file, files) {
        if (file.isViewable && !ev.ctrlKey && !ev.metaKey) {
            ev.preventDefault();
            this.viewer.open(file, files);
        }
    }
}
