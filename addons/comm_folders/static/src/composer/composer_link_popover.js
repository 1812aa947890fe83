import { LinkPopover } from "@html_editor/main/link/link_popover";

const ICONS = { "mailto:": "fa-envelope-o", "tel:": "fa-phone" };

/**
 * What the editor shows of a link, without looking where it leads. Odoo's own asks the server to read that page, and a search
 * engine for its picture: a click into a quoted link would tell the sender, or confirm what the link is there to confirm.
 */
export class ComposerLinkPopover extends LinkPopover {
    async loadAsyncLinkPreview() {
        const { url } = this.state;
        if (url && this.isAttachmentUrl()) {
            await super.loadAsyncLinkPreview();
        } else {
            this.resetPreview();
            this.state.previewIcon.value = ICONS[URL.parse(url)?.protocol] || "fa-globe";
        }
    }
}
