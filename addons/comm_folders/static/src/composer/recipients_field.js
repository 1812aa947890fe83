import { Component, useEffect, useState } from "@odoo/owl";
import { AutoComplete } from "@web/core/autocomplete/autocomplete";
import { _t } from "@web/core/l10n/translation";
import { useChildRef, useService } from "@web/core/utils/hooks";
import { formatAddress, parseAddress, parseAddresses, withRecipients } from "@comm_folders/composer/composer_text";

const DRAGGED = "application/x-comm-recipient";

/** A comma inside quotes belongs to a name. */
const hasOpenQuote = (text) => (text.split('"').length - 1) % 2 === 1;

/** Odoo's list of suggestions, but it never throws away what was typed. */
class RecipientsInput extends AutoComplete {
    /** Odoo's goes back to the value before, when something else is clicked or scrolled: here that is nothing. */
    cancel() {
        this.close();
    }

    /** Suggestions that come late do not open over what the author does now. */
    open(useInput) {
        return document.activeElement === this.inputRef.el ? super.open(useInput) : Promise.resolve();
    }

    onInputBlur() {
        const isChoosing = this.ignoreBlur;
        super.onInputBlur();
        if (!isChoosing) {
            this.close();
        }
    }

    /** Odoo's empties the field once more at the next change, which may be long after. */
    selectOption(option) {
        super.selectOption(option);
        this.forceValFromProp = false;
    }
}

/** To, Cc or Bcc: addresses as chips, with suggestions from contacts and from those who wrote. */
export class RecipientsField extends Component {
    static template = "comm_folders.RecipientsField";
    static components = { RecipientsInput };
    static props = {
        id: String,
        label: String,
        recipients: Array,
        onChange: Function,
        getTyped: Function,
        onType: Function,
        onLeave: Function,
        autofocus: { type: Boolean, optional: true },
        slots: { type: Object, optional: true },
    };

    setup() {
        this.orm = useService("orm");
        this.input = useChildRef();
        this.state = useState({ isLeft: false });
        useEffect(() => {
            // Others take what is typed, too: the window that sends it.
            this.type(this.props.getTyped());
            this.input.el.setAttribute("aria-invalid", this.isWrong ? "true" : "false");
            this.input.el.title = this.isWrong ? _t("“%s” is no e-mail address.", this.props.getTyped().trim()) : "";
        });
    }

    /** While it is being typed, an address may be unfinished. */
    get isWrong() {
        return Boolean(this.props.getTyped().trim()) && this.state.isLeft;
    }

    get inputClass() {
        return `o_comm_recipients_input flex-grow-1 ${this.isWrong ? "o_comm_recipients_wrong" : ""}`;
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
                onSelect: () => this.choose({ name, email, isValid: true }),
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

    /** What was typed to find it goes. */
    choose(recipient) {
        // The list has emptied the field without an event.
        this.input.el.dispatchEvent(new InputEvent("input", { bubbles: true }));
        this.add([recipient]);
    }

    add(recipients) {
        if (recipients.length) {
            this.props.onChange(withRecipients(this.props.recipients, recipients));
        }
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
        const others = this.props.recipients.filter((each) => each !== recipient);
        this.props.onChange(withRecipients(others, parseAddresses(this.input.el.value)));
        this.type(formatAddress(recipient));
        this.input.el.focus();
    }

    /**
     * The author finished what is typed: also what is no address becomes a chip, a wrong one.
     *
     * @param {Object[]} [more] recipients to add after it
     */
    takeTyped(more = []) {
        const text = this.input.el.value;
        this.type("");
        this.add([...parseAddresses(text), ...more]);
    }

    /** Before the list of suggestions gets the key. */
    onKeydown(ev) {
        const isToSend = ev.key === "Enter" && (ev.ctrlKey || ev.metaKey);
        if (ev.target !== this.input.el || isToSend) {
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
            this.takeTyped(found);
        }
    }

    onBlur() {
        // Not called when a suggestion is being clicked: that takes what was typed.
        this.state.isLeft = true;
        this.props.onLeave();
    }

    onFocus() {
        this.state.isLeft = false;
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
