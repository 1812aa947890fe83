import { Component, useExternalListener, useState } from "@odoo/owl";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { ComposerEditor } from "@comm_folders/composer/composer_editor";
import { doubtsAbout, ownText } from "@comm_folders/composer/composer_text";
import { RecipientsField } from "@comm_folders/composer/recipients_field";

/** A message that is being written. */
export class ComposerWindow extends Component {
    static template = "comm_folders.ComposerWindow";
    static components = { ComposerEditor, RecipientsField };
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
        return isUnique ? email : `${email} – ${name}`;
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
            return;
        }
        this.props.close();
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

    // --------------------------------------------------------------- sending

    onKeydown(ev) {
        if (ev.key === "Enter" && (ev.ctrlKey || ev.metaKey)) {
            ev.preventDefault();
            ev.stopPropagation();
            this.send();
        } else if (ev.key === "Escape" && !ev.defaultPrevented) {
            ev.stopPropagation();
            this.close();
        }
    }

    send() {
        // What stands in an address field is taken when it is left.
        document.activeElement?.blur();
        const { composer } = this;
        if (composer.isSending) {
            return;
        }
        const wrong = [...composer.to, ...composer.cc, ...composer.bcc].find(({ isValid }) => !isValid);
        if (wrong) {
            this.notification.add(_t("“%s” is no e-mail address. Correct it first.", wrong.email), { type: "warning" });
            return;
        }
        const doubts = doubtsAbout({
            subject: composer.subject,
            to: composer.to,
            cc: composer.cc,
            attachmentCount: composer.attachments.length,
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
