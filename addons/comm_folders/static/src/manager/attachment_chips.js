import { Component, useExternalListener, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { FileModel } from "@web/core/file_viewer/file_model";
import { useFileViewer } from "@web/core/file_viewer/file_viewer_hook";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { distinctNames } from "@comm_folders/manager/message_format";
import { fileSize } from "@comm_mailboxes/format/file_size";

const VIEWER = "web.file_viewer";

/** The files of a message: a click shows what Odoo's viewer can show and downloads the rest. */
export class AttachmentChips extends Component {
    static template = "comm_folders.AttachmentChips";
    static props = {
        messageId: Number,
        attachments: Array,
    };

    setup() {
        this.viewer = useFileViewer();
        // On a small screen the last ones of many are out of sight; all at once stays at hand.
        this.ui = useState(useService("ui"));
        this.fileSize = fileSize;
        // Odoo's viewer does not give the keyboard back. It also says that it goes each time before it comes.
        useBus(registry.category("main_components"), "UPDATE", ({ detail: { operation, key } }) => {
            if (!this.opener || !key.startsWith(VIEWER)) {
                return;
            }
            if (operation === "add") {
                this.isViewing = true;
            } else if (this.isViewing) {
                const { opener } = this;
                Object.assign(this, { isViewing: false, opener: undefined });
                browser.setTimeout(() => opener.focus());
            }
        });
        // Load events do not come up.
        useExternalListener(document, "load", (ev) => this.onLoadFrame(ev.target), { capture: true });
    }

    /** Who clicked into the PDF has the keyboard there, in a page of its own; Escape still closes it. */
    onLoadFrame(frame) {
        if (this.isViewing && frame.matches?.(".o-FileViewer iframe") && frame.contentDocument) {
            frame.contentWindow.addEventListener("keydown", (ev) => {
                if (ev.key === "Escape" && !ev.defaultPrevented) {
                    this.viewer.close();
                }
            });
        }
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
