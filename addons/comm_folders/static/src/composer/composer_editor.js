import { parseHTML } from "@html_editor/utils/html";
import { Wysiwyg } from "@html_editor/wysiwyg";
import { MAIN_PLUGINS } from "@html_editor/plugin_sets";
import { Component, markup, onWillUnmount, useRef, useState } from "@odoo/owl";
import { localization } from "@web/core/l10n/localization";
import { createElementWithContent } from "@web/core/utils/html";
import { ChatGPTTranslatePlugin } from "@html_editor/main/chatgpt/chatgpt_translate_plugin";
import { DoubleClickImagePreviewPlugin } from "@html_editor/main/media/dblclick_image_preview_plugin";
import { ImageCropPlugin } from "@html_editor/main/media/image_crop_plugin";
import { MediaPlugin } from "@html_editor/main/media/media_plugin";
import { Toolbar } from "@html_editor/main/toolbar/toolbar";
import { ToolbarPlugin } from "@html_editor/main/toolbar/toolbar_plugin";
import { withSequence } from "@html_editor/utils/resource";
import { ComposerToolbarPlugin, formatting } from "@comm_folders/composer/composer_formatting";
import { dataUrlToBlob } from "@comm_folders/composer/composer_files";
import { ComposerLinkPopover } from "@comm_folders/composer/composer_link_popover";

// Images come in by upload, paste and drag and lie with the draft: the editor's own dialog would store them where everybody
// can see them. What is written here is sent to nobody else.
const LEFT_OUT = new Set([ChatGPTTranslatePlugin, DoubleClickImagePreviewPlugin, ImageCropPlugin, MediaPlugin]);
const PLUGINS = MAIN_PLUGINS.filter((plugin) => !LEFT_OUT.has(plugin)).map((plugin) =>
    plugin === ToolbarPlugin ? ComposerToolbarPlugin : plugin
);

/** The text of a message in Odoo's editor. */
export class ComposerEditor extends Component {
    static template = "comm_folders.ComposerEditor";
    static components = { Toolbar, Wysiwyg };
    static props = { composer: Object, autofocus: { type: Boolean, optional: true } };

    setup() {
        this.bar = useRef("bar");
        this.formatting = useState(formatting);
        this.state = useState({ isReady: false });
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
            resources: {
                added_image_handlers: (image) => this.onImageAdded(image),
                // Before the editor's own.
                link_popovers: withSequence(10, {
                    PopoverClass: ComposerLinkPopover,
                    isAvailable: () => true,
                    getProps: (props) => props,
                }),
            },
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
            insertLink: (link) => this.insertLink(link),
            insertHtml: (html) => {
                this.insert(parseHTML(editor.document, html));
                // On after what came, and not on the button that brought it.
                editor.shared.selection.focusEditable();
            },
            insertImage: (attachment) => this.insertImage(attachment),
            renameImage: (before, src) => this.renameImage(before, src),
        });
        this.state.isReady = true;
        editor.editable.addEventListener("keydown", (ev) => this.onTab(ev), { capture: true });
        if (this.props.autofocus) {
            // The answer goes above what it answers.
            editor.shared.selection.setCursorStart(editor.editable.firstElementChild || editor.editable);
            editor.editable.focus({ preventScroll: true });
        }
    }

    /** Tab leads on to what stands beside the text, as in other mail programs; lists and tables have it for themselves. */
    onTab(ev) {
        if (ev.key === "Tab" && !ev.ctrlKey && !ev.altKey && !ev.metaKey) {
            const { anchorNode } = this.editor.document.getSelection();
            const element = anchorNode instanceof Element ? anchorNode : anchorNode?.parentElement;
            if (!element?.closest("li, td, th")) {
                ev.stopImmediatePropagation();
            }
        }
    }

    get barProps() {
        return { ...this.editor.shared.toolbar.getBar(), class: "flex-grow-1" };
    }

    /** One stop for the keyboard: the arrows walk in it, Tab leads on. */
    onBarKeydown(ev) {
        const buttons = [...this.bar.el.querySelectorAll("button:not(:disabled)")];
        const place = buttons.indexOf(ev.target);
        const step = { ArrowRight: 1, ArrowLeft: -1 }[ev.key];
        if (place < 0 || ev.defaultPrevented) {
            return;
        }
        if (step) {
            ev.preventDefault();
            buttons.at((place + step) % buttons.length).focus();
        } else if (ev.key === "Tab") {
            // The browser goes on from here.
            (ev.shiftKey ? buttons[0] : buttons.at(-1)).focus();
        }
    }

    onChange() {
        if (this.state.isReady) {
            this.props.composer.touch();
        }
    }

    /** A pasted or dropped image stands in the text itself at first; then it becomes a file of the draft. */
    onImageAdded(image) {
        const onLoad = async () => {
            const blob = dataUrlToBlob(image.getAttribute("src") || "");
            const attachment = blob && (await this.props.composer.files.uploadImage(blob));
            if (attachment && image.isConnected) {
                image.setAttribute("src", `/web/image/${attachment.id}`);
                this.editor.shared.history.addStep();
                this.props.composer.touch();
            }
        };
        image.addEventListener("load", onLoad, { once: true });
    }

    insertImage(attachment) {
        const image = this.editor.document.createElement("img");
        image.setAttribute("src", `/web/image/${attachment.id}`);
        image.setAttribute("alt", attachment.name);
        image.classList.add("img-fluid");
        this.insert(image);
    }

    renameImage(before, src) {
        for (const image of this.editor.editable.querySelectorAll(`img[src="${before}"]`)) {
            image.setAttribute("src", src);
        }
    }

    insertLink({ url, text, note }) {
        const paragraph = this.editor.document.createElement("p");
        const link = this.editor.document.createElement("a");
        link.setAttribute("href", url);
        link.textContent = text;
        paragraph.append(link, `, ${note}`);
        // Above signature and quote.
        const { editable } = this.editor;
        const end = [...editable.children].find((each) => each.matches(".o_signature, .o_comm_quote, blockquote"));
        if (end) {
            end.before(paragraph);
        } else {
            editable.append(paragraph);
        }
        this.editor.shared.history.addStep();
    }

    /** Insert where the author writes. */
    insert(node) {
        const { dom, history, selection } = this.editor.shared;
        if (!selection.getSelectionData().documentSelectionIsInEditable) {
            selection.setCursorStart(this.editor.editable.firstElementChild || this.editor.editable);
        }
        dom.insert(node);
        history.addStep();
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
