import { Wysiwyg } from "@html_editor/wysiwyg";
import { MAIN_PLUGINS } from "@html_editor/plugin_sets";
import { Component, markup, onWillUnmount } from "@odoo/owl";
import { localization } from "@web/core/l10n/localization";
import { createElementWithContent } from "@web/core/utils/html";
import { DoubleClickImagePreviewPlugin } from "@html_editor/main/media/dblclick_image_preview_plugin";

// A viewer inside a window is more than writing mail needs.
const PLUGINS = MAIN_PLUGINS.filter((plugin) => plugin !== DoubleClickImagePreviewPlugin);

/** The text of a message in Odoo's editor. */
export class ComposerEditor extends Component {
    static template = "comm_folders.ComposerEditor";
    static components = { Wysiwyg };
    static props = { composer: Object, autofocus: { type: Boolean, optional: true } };

    setup() {
        this.config = {
            content: this.props.composer.bodyHtml,
            Plugins: PLUGINS,
            classList: ["o_comm_composer_text"],
            direction: localization.direction || "ltr",
            baseContainers: ["P"],
            allowVideo: false,
            allowFile: false,
            onChange: () => this.onChange(),
            onEditorReady: () => this.onReady(),
            getRecordInfo: () => ({ resModel: "comm.message", resId: 0, data: {}, fields: {}, id: undefined }),
            resources: {},
        };
        onWillUnmount(() => this.props.composer.removeEditor());
    }

    onLoad(editor) {
        this.editor = editor;
    }

    onReady() {
        const { editor } = this;
        this.props.composer.setEditor({
            getHtml: () => editor.getContent(),
            replaceSignature: (html) => this.replaceSignature(html),
        });
        this.isReady = true;
        if (this.props.autofocus) {
            // The answer goes above what it answers.
            editor.shared.selection.setCursorStart(editor.editable.firstElementChild || editor.editable);
            editor.editable.focus({ preventScroll: true });
        }
    }

    onChange() {
        if (this.isReady) {
            this.props.composer.touch();
        }
    }

    /** @param {string} html of the signature with its frame, or "" */
    replaceSignature(html) {
        const { editable } = this.editor;
        const old = [...editable.querySelectorAll(".o_signature")].find((each) => !each.closest("blockquote"));
        // Of the mailbox, which the server made harmless.
        const signature = html && createElementWithContent("div", markup(html)).firstElementChild;
        if (old && signature) {
            old.replaceWith(signature);
        } else if (old) {
            old.remove();
        } else if (signature) {
            const quote = editable.querySelector(":scope > .o_comm_quote");
            if (quote) {
                quote.before(signature);
            } else {
                editable.append(signature);
            }
        }
        this.editor.shared.history.addStep();
    }
}
