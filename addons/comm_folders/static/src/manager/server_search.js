import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { byCount } from "@comm_folders/manager/message_format";

/** Below the results of a search: has the server look for what is not imported. */
export class ServerSearch extends Component {
    static template = "comm_folders.ServerSearch";
    static props = { model: Object };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ isSearching: false, told: "", toldOf: "" });
    }

    get list() {
        return this.props.model.list;
    }

    get isOffered() {
        const { folder, mailbox } = this.props.model;
        return Boolean(this.list.query.search && !this.list.problem && mailbox?.kind === "imap" && !folder.is_local);
    }

    /** What the search is about: an answer to another one is no answer. */
    get key() {
        const { search, scope } = this.list.query;
        return `${this.list.folderId} ${scope} ${search}`;
    }

    get told() {
        return this.state.toldOf === this.key ? this.state.told : "";
    }

    get label() {
        return this.list.query.scope === "folder"
            ? _t("Search on the server, too")
            : _t("Search all folders of “%s” on the server, too", this.props.model.mailbox.name);
    }

    async search() {
        const { key, list } = this;
        const { search, scope } = list.query;
        this.state.isSearching = true;
        let result = undefined;
        try {
            result = await this.orm.silent.call("comm.folder", "search_on_server", [[list.folderId], search], {
                whole_mailbox: scope !== "folder",
            });
        } finally {
            this.state.isSearching = false;
        }
        Object.assign(this.state, { told: describe(result), toldOf: key });
        if (result.loaded && this.key === key) {
            await list.load();
        }
    }
}

function describe({ found, loaded, left, refused }) {
    const parts = [];
    if (loaded) {
        parts.push(byCount(loaded, _t("1 message was loaded."), (many) => _t("%s messages were loaded.", many)));
    } else if (found && !left) {
        parts.push(_t("What the server finds is here already."));
    } else if (!found && !refused) {
        parts.push(_t("The server finds nothing else."));
    }
    if (left) {
        parts.push(
            byCount(left, _t("1 more is there: search again."), (many) => _t("%s more are there: search again.", many))
        );
    }
    if (refused) {
        parts.push(_t("The server did not understand this search."));
    }
    return parts.join(" ");
}
