import { Component, useState } from "@odoo/owl";
import { AutoComplete } from "@web/core/autocomplete/autocomplete";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { useChildRef, useService } from "@web/core/utils/hooks";
import { formatAddress, parseAddress, parseAddresses, withRecipients } from "@comm_folders/composer/composer_text";

const DRAGGED = "application/x-comm-recipient";

/** A comma inside quotes belongs to a name. */
const hasOpenQuote = (text) => (text.split('"').length - 1) % 2 === 1;

/** To, Cc or Bcc: addresses as chips, with suggestions from contacts and from those who wrote. */
export class RecipientsField extends Component {
    static template = "comm_folders.RecipientsField";
    static components = { AutoComplete };
    static props = {
        id: String,
        label: String,
        recipients: Array,
        onChange: Function,
        autofocus: { type: Boolean, optional: true },
        slots: { type: Object, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.input = useChildRef();
        this.state = useState({ text: "" });
        this.format = formatAddress;
    }

    get sources() {
        return [{ options: (text) => this.suggest(text), optionSlot: "option" }];
    }

    async suggest(text) {
        if (text.length < 2) {
            return [];
        }
        const found = await this.ask(text);
        const taken = new Set(this.props.recipients.map(({ email }) => email.toLowerCase()));
        return found
            .filter(({ email }) => !taken.has(email.toLowerCase()))
            .map(({ name, email, partner_id: partnerId }) => ({
                label: formatAddress({ name, email, isValid: true }),
                data: { name, email, isContact: Boolean(partnerId) },
                onSelect: () => this.add([{ name, email, isValid: true }]),
            }));
    }

    async ask(text) {
        this.isSuggesting = true;
        try {
            return await this.orm.silent.call("comm.message", "suggest_recipients", [text]);
        } finally {
            this.isSuggesting = false;
        }
    }

    add(recipients) {
        this.clear();
        if (recipients.length) {
            this.props.onChange(withRecipients(this.props.recipients, recipients));
        }
    }

    clear() {
        this.type("");
    }

    /** @param {string} text that stands in the field from now on, as if the user had typed it */
    type(text) {
        if (this.input.el && this.input.el.value !== text) {
            this.input.el.value = text;
            this.input.el.dispatchEvent(new InputEvent("input", { bubbles: true }));
        }
    }

    remove(recipient) {
        this.props.onChange(this.props.recipients.filter((each) => each !== recipient));
        this.input.el.focus();
    }

    /** Back into the field, to be corrected. */
    edit(recipient) {
        this.takeTyped();
        this.remove(recipient);
        this.type(formatAddress(recipient));
        this.input.el.focus();
    }

    takeTyped() {
        const text = this.input.el.value;
        if (text.trim()) {
            this.add(parseAddresses(text));
        }
    }

    /** Before the list of suggestions gets the key. */
    onKeydown(ev) {
        if (ev.target !== this.input.el) {
            return;
        }
        const text = ev.target.value.trim();
        const isAddress = text && parseAddresses(text).every(({ isValid }) => isValid);
        if (ev.key === "Backspace" && !ev.target.value && this.props.recipients.length) {
            ev.preventDefault();
            this.remove(this.props.recipients.at(-1));
        } else if (ev.key === "Tab" && isAddress) {
            this.takeTyped();
        } else if (
            (ev.key === "Enter" && text && (isAddress || !this.mayBeSuggested(ev.target))) ||
            ([",", ";"].includes(ev.key) && text && !hasOpenQuote(text))
        ) {
            ev.preventDefault();
            ev.stopPropagation();
            this.takeTyped();
        }
    }

    /** Enter takes the marked suggestion, also one that is still on its way. */
    mayBeSuggested(input) {
        return input.getAttribute("aria-expanded") === "true" || this.isSuggesting;
    }

    onPaste(ev) {
        const text = ev.clipboardData.getData("text/plain");
        const found = parseAddresses(text);
        if (found.length > 1 || (found.length && found[0].isValid && !ev.target.value)) {
            ev.preventDefault();
            this.add(found);
        }
    }

    onBlur() {
        // A suggestion that is being clicked takes what was typed.
        browser.setTimeout(() => {
            if (this.input.el && document.activeElement !== this.input.el) {
                this.takeTyped();
            }
        }, 200);
    }

    // ------------------------------------------------- from one field to another

    onDragStart(ev, recipient) {
        ev.dataTransfer.setData(DRAGGED, formatAddress(recipient));
        ev.dataTransfer.setData("text/plain", formatAddress(recipient));
        ev.dataTransfer.effectAllowed = "move";
    }

    onDragEnd(ev, recipient) {
        if (ev.dataTransfer.dropEffect === "move" && !this.justDropped) {
            this.props.onChange(this.props.recipients.filter(({ email }) => email !== recipient.email));
        }
        this.justDropped = false;
    }

    onDragOver(ev) {
        if (ev.dataTransfer.types.includes(DRAGGED)) {
            ev.preventDefault();
            ev.stopPropagation();
            ev.dataTransfer.dropEffect = "move";
        }
    }

    onDrop(ev) {
        const text = ev.dataTransfer.getData(DRAGGED);
        if (text) {
            ev.preventDefault();
            ev.stopPropagation();
            const recipient = parseAddress(text);
            this.justDropped = this.props.recipients.some(({ email }) => email === recipient.email);
            this.add([recipient]);
        }
    }

    chipTitle(recipient) {
        return recipient.isValid
            ? formatAddress(recipient)
            : _t("“%s” is no e-mail address. Double-click to correct it.", recipient.email);
    }
}
