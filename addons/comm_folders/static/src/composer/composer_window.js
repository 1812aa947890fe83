import { Component, useEffect, useExternalListener, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { SelectCreateDialog } from "@web/views/view_dialogs/select_create_dialog";
import { ComposerAttachments } from "@comm_folders/composer/composer_attachments";
import { ComposerEditor } from "@comm_folders/composer/composer_editor";
import { formatting, toggleFormatting } from "@comm_folders/composer/composer_formatting";
import { canBeShown, hasFiles } from "@comm_folders/composer/composer_files";
import { doubtsAbout, ownText, parseAddress } from "@comm_folders/composer/composer_text";
import { TextBlocks } from "@comm_folders/composer/text_blocks";
import { RecipientsField } from "@comm_folders/composer/recipients_field";

// What Escape closes before the window: menus, suggestions, dialogs, and what the editor shows beside the text.
const POPUPS = [
    ".modal:not(.d-none)",
    ".o-dropdown--menu",
    ".o-autocomplete--dropdown-menu",
    ".o_popover",
    ".o-we-powerbox",
    ".o-we-linkpopover",
].join();

/** A message that is being written. */
export class ComposerWindow extends Component {
    static template = "comm_folders.ComposerWindow";
    static components = {
        ComposerAttachments,
        ComposerEditor,
        Dropdown,
        DropdownItem,
        RecipientsField,
        TextBlocks,
    };
    static props = {
        composer: Object,
        isFolded: Boolean,
        isSmall: Boolean,
        close: Function,
        unfold: Function,
    };

    setup() {
        this.composer = useState(this.props.composer);
        this.dialog = useService("dialog");
        this.orm = useService("orm");
        this.fileInput = useRef("fileInput");
        this.imageInput = useRef("imageInput");
        this.state = useState({ isDragging: false });
        this.formatting = useState(formatting);
        this.toggleFormatting = toggleFormatting;
        useEffect(
            () => {
                this.composer.files.askLimit(this.composer.fromMailboxId);
            },
            () => [this.composer.files.size, this.composer.fromMailboxId]
        );
        this.notification = useService("notification");
        this.sending = useService("comm_sending");
        this.labels = { to: _t("To"), cc: _t("Cc"), bcc: _t("Bcc") };
        Object.assign(this, {
            foldLabel: _t("Fold away"),
            unfoldLabel: _t("Unfold"),
            largerLabel: _t("Enlarge"),
            smallerLabel: _t("Make smaller"),
        });
        useExternalListener(window, "beforeunload", (ev) => this.onBeforeUnload(ev));
    }

    get isLarge() {
        return this.props.isSmall || this.composer.isMaximized;
    }

    fieldId(name) {
        return `o_comm_composer_${this.composer.id}_${name}`;
    }

    onChooseMailbox(ev) {
        this.composer.chooseMailbox(Number(ev.target.value));
    }

    /** The name of the mailbox tells two of them with one address apart. */
    mailboxLabel({ name, email }) {
        const isUnique = this.composer.mailboxes.filter((each) => each.email === email).length === 1;
        const sender = parseAddress(email);
        const label = sender.name ? `${sender.name} <${sender.email}>` : sender.email;
        return isUnique ? label : `${label} – ${name}`;
    }

    get saveText() {
        const { saveState, saveError } = this.composer;
        switch (saveState) {
            case "saving":
                return _t("Saving…");
            case "saved":
                return _t("Draft saved");
            case "failed":
                return _t("Not saved: %s", saveError);
            default:
                return "";
        }
    }

    // ---------------------------------------------------------------- window

    toggleFold() {
        if (this.props.isFolded) {
            this.props.unfold();
        } else {
            this.composer.isMinimized = true;
        }
    }

    toggleSize() {
        this.composer.isMaximized = !this.composer.isMaximized;
    }

    /** What was written stays as a draft. */
    async close() {
        this.composer.takeTyped();
        try {
            await this.composer.save();
        } catch {
            this.dialog.add(ConfirmationDialog, {
                title: _t("The draft was not saved"),
                body: _t("%s Close the window and lose what was written since?", this.composer.saveError),
                confirmLabel: _t("Close without saving"),
                confirm: () => this.props.close(),
                cancel: () => {},
            });
            return false;
        }
        this.props.close();
        return true;
    }

    /** Nobody shall believe that Escape threw away what was written. */
    async closeByKey() {
        const { composer } = this;
        if ((await this.close()) && composer.draftId) {
            this.notification.add(_t("Draft kept"), { type: "info" });
        }
    }

    discard() {
        const { composer } = this;
        if (!composer.draftId && !composer.isDirty) {
            this.props.close();
            return;
        }
        this.dialog.add(ConfirmationDialog, {
            title: _t("Discard this message?"),
            body: _t("The draft is deleted, here and on the mail server."),
            confirmLabel: _t("Discard"),
            cancelLabel: _t("Keep writing"),
            confirm: async () => {
                await composer.discard();
                this.props.close();
            },
            cancel: () => {},
        });
    }

    /** A page that is closed waits for nothing, but the browser delivers what it is given now. */
    onBeforeUnload(ev) {
        if (!this.composer.saveByBeacon()) {
            // Too much for the browser (64 kB): it asks whether to leave, and meanwhile it is saved.
            ev.preventDefault();
            this.composer.save();
        }
    }

    togglePlain() {
        const { composer } = this;
        const isFormatted =
            !composer.isPlain && /<(?:b|strong|i|em|u|s|table|img|ul|ol|h\d|font|span style)\b/i.test(composer.html);
        if (!isFormatted) {
            composer.togglePlain();
            return;
        }
        this.dialog.add(ConfirmationDialog, {
            title: _t("Write plain text?"),
            body: _t("Bold letters, colours, tables and pictures are lost."),
            confirmLabel: _t("Plain text"),
            confirm: () => composer.togglePlain(),
            cancel: () => {},
        });
    }

    get priorities() {
        return [
            { value: "high", name: _t("High priority"), icon: "fa-exclamation" },
            { value: "normal", name: _t("Normal priority"), icon: "fa-minus" },
            { value: "low", name: _t("Low priority"), icon: "fa-arrow-down" },
        ];
    }

    get isSpecial() {
        return this.composer.priority !== "normal" || this.composer.readReceipt;
    }

    /** As it is saved: so it would be sent. */
    async print() {
        this.composer.takeTyped();
        this.composer.touch();
        await this.composer.save();
        browser.open(`/comm_mailboxes/message/${this.composer.draftId}/print`, "_blank");
    }

    // ----------------------------------------------------------------- files

    onFilesChosen(ev) {
        this.composer.files.upload(ev.target.files);
        ev.target.value = "";
    }

    async onImagesChosen(ev) {
        const files = [...ev.target.files];
        ev.target.value = "";
        const shown = await Promise.all(files.map((file) => this.composer.isPlain || canBeShown(file)));
        const [pictures, others] = [files.filter((_file, i) => shown[i]), files.filter((_file, i) => !shown[i])];
        for (const { name } of others) {
            this.notification.add(
                _t(
                    "“%s” cannot be shown as a picture: it is damaged, or of a kind that mails do not show. Attach it as a file instead.",
                    name
                ),
                { type: "warning" }
            );
        }
        const uploaded = await Promise.all(pictures.map((file) => this.composer.files.uploadImage(file)));
        uploaded.filter(Boolean).forEach((attachment) => this.composer.insertImage(attachment));
    }

    onDragOver(ev) {
        if (hasFiles(ev.dataTransfer)) {
            ev.preventDefault();
            this.state.isDragging = true;
        }
    }

    onDragLeave(ev) {
        if (!ev.currentTarget.contains(ev.relatedTarget)) {
            this.state.isDragging = false;
        }
    }

    onDrop(ev) {
        this.state.isDragging = false;
        if (hasFiles(ev.dataTransfer)) {
            // Also over the text: images are put into it by pasting, or by its button.
            ev.preventDefault();
            ev.stopPropagation();
            this.composer.files.upload(ev.dataTransfer.files);
        }
    }

    /** Pasted pictures go into the text; other files, and all of them in plain text, are attached. */
    onPaste(ev) {
        const files = [...(ev.clipboardData?.files || [])];
        const isText = [...(ev.clipboardData?.types || [])].some((type) => type.startsWith("text/"));
        const attached = this.composer.isPlain ? files : files.filter(({ type }) => !type.startsWith("image/"));
        if (attached.length && !isText) {
            ev.preventDefault();
            this.composer.files.upload(attached);
        }
    }

    chooseFromRecords() {
        const { resModel, resId } = this.composer.params;
        const domain = [
            ["type", "=", "binary"],
            // Of a record: else Odoo's own scripts and styles stand among them.
            ["res_id", ">", 0],
            ["res_model", "not in", ["ir.ui.view", "ir.module.module"]],
            ["res_field", "=", false],
            ["comm_is_source", "=", false],
            ["comm_content_id", "=", false],
            ["id", "not in", this.composer.files.ids],
        ];
        this.dialog.add(SelectCreateDialog, {
            title: _t("Attach files of Odoo"),
            resModel: "ir.attachment",
            domain,
            context: { list_view_ref: "comm_folders.ir_attachment_view_list_choose" },
            dynamicFilters: resId
                ? [
                      {
                          description: _t("Of this record"),
                          domain: [
                              ["res_model", "=", resModel],
                              ["res_id", "=", resId],
                          ],
                      },
                  ]
                : [],
            noCreate: true,
            multiSelect: true,
            onSelected: async (ids) => {
                const files = await this.orm.read("ir.attachment", ids, ["name", "mimetype", "file_size"]);
                this.composer.files.add(files);
            },
        });
    }

    async share(attachment, days) {
        const link = await this.composer.files.share(attachment, days);
        this.composer.insertLink(link);
    }

    /** Browsers have one Undo for the whole page: from the subject, it would empty the text. */
    onBeforeInput(ev) {
        const isHistory = ["historyUndo", "historyRedo"].includes(ev.inputType);
        if (isHistory && !ev.target.contains(document.activeElement)) {
            ev.preventDefault();
            // Odoo's editor would stop taking letters until the change comes that was prevented.
            ev.stopPropagation();
        }
    }

    // --------------------------------------------------------------- sending

    onKeydown(ev) {
        if (ev.key === "Enter" && (ev.ctrlKey || ev.metaKey)) {
            ev.preventDefault();
            ev.stopPropagation();
            this.send();
        } else if (ev.key === "Escape" && this.isEscapeOurs(ev)) {
            ev.preventDefault();
            ev.stopPropagation();
            this.closeByKey();
        }
    }

    isEscapeOurs(ev) {
        const isPlain = !ev.repeat && !ev.isComposing && !ev.defaultPrevented;
        const { isSending } = this.composer;
        return isPlain && !isSending && !this.props.isFolded && !ev.target.ownerDocument.querySelector(POPUPS);
    }

    send() {
        document.activeElement?.blur();
        const { composer } = this;
        composer.takeTyped();
        if (composer.isSending) {
            return;
        }
        if (composer.files.isUploading) {
            this.notification.add(_t("Files are still being uploaded."), { type: "warning" });
            return;
        }
        const wrong = composer.wrongAddress;
        if (wrong) {
            this.notification.add(_t("“%s” is no e-mail address. Correct it first.", wrong), { type: "warning" });
            return;
        }
        const doubts = doubtsAbout({
            subject: composer.subject,
            to: composer.to,
            cc: composer.cc,
            attachmentCount: composer.files.attachments.length + composer.files.linkIds.length,
            size: composer.files.size,
            sizeLimit: composer.files.limits[composer.fromMailboxId],
            text: ownText({ bodyHtml: composer.html, bodyText: composer.bodyText, isPlain: composer.isPlain }),
        });
        if (!doubts.length) {
            this.sendNow();
            return;
        }
        this.dialog.add(ConfirmationDialog, {
            title: _t("Send it like this?"),
            body: doubts.map((doubt) => this.describeDoubt(doubt)).join("\n"),
            confirmLabel: _t("Send"),
            cancelLabel: _t("Keep writing"),
            confirm: () => this.sendNow(),
            cancel: () => {},
        });
    }

    describeDoubt(doubt) {
        switch (doubt) {
            case "subject":
                return _t("The subject is empty.");
            case "size":
                return this.composer.files.warning(this.composer.fromMailboxId);
            case "attachment":
                return _t("The text speaks of an attachment, but nothing is attached.");
            default:
                return _t(
                    "%s addresses stand in To and Cc, where all recipients see them. Bcc hides them.",
                    this.composer.to.length + this.composer.cc.length
                );
        }
    }

    async sendNow() {
        const result = await this.composer.send();
        this.props.close();
        this.sending.follow(result);
    }
}
