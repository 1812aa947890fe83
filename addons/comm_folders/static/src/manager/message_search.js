import { Component, useEffect, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useDebounced } from "@web/core/utils/timing";
import { UnsearchedNote } from "@comm_folders/manager/unsearched_note";

// Not every letter is a question to the server; and half an operator, as "before:20", is none that it understands.
const TYPING = 250;
const TYPING_OPERATOR = 1000;
// With what stands behind the colon so far, while that is the end.
const OPERATOR_AT_END = /(?:^|\s)-?[^\s:"]+:(\S*)$/;

/** The search box of the message list, and where to look. Results come while one types. */
export class MessageSearch extends Component {
    static template = "comm_folders.MessageSearch";
    static components = { UnsearchedNote };
    static props = { model: Object, onDone: Function };

    setup() {
        this.input = useRef("input");
        // Its own, or the box would not follow what others do to the list.
        this.model = useState(this.props.model);
        this.state = useState({ text: this.list.query.search });
        const ask = () => this.list.search(this.state.text);
        this.apply = useDebounced(ask, TYPING);
        this.applyLater = useDebounced(ask, TYPING_OPERATOR);
        // Another folder, or "Show all messages", empties the box; what is typed meanwhile stays.
        useEffect(
            (search) => {
                if (search !== this.state.text.trim()) {
                    this.state.text = search;
                }
            },
            () => [this.list.query.search, this.list.folderId]
        );
    }

    get list() {
        return this.model.list;
    }

    get scopes() {
        return [
            { name: "folder", label: _t("This folder") },
            ...(this.model.mailbox ? [{ name: "mailbox", label: _t("This mailbox") }] : []),
            { name: "everywhere", label: _t("Everywhere") },
        ];
    }

    get help() {
        return _t(
            "Words of subject, addresses, text and attachment names; from: to: subject: has:attachment is:unread before:2026-12-31 after:2026-01-01"
        );
    }

    onInput(ev) {
        this.state.text = ev.target.value;
        this.cancel();
        const operator = OPERATOR_AT_END.exec(this.state.text);
        if (!operator) {
            this.apply();
        } else if (operator[1]) {
            this.applyLater();
        }
    }

    cancel() {
        this.apply.cancel();
        this.applyLater.cancel();
    }

    onKeydown(ev) {
        if (ev.key === "Enter") {
            this.cancel();
            this.list.search(this.state.text);
        } else if (ev.key === "Escape" && this.state.text) {
            this.clear();
        } else if (["ArrowDown", "Escape"].includes(ev.key)) {
            this.props.onDone();
        } else {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }

    clear() {
        this.cancel();
        this.state.text = "";
        this.list.search("");
        this.input.el.focus();
    }
}
