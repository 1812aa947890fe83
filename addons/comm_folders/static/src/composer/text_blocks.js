import { Component, useRef, useState } from "@odoo/owl";
import { hasTouch } from "@web/core/browser/feature_detection";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { KeepLast } from "@web/core/utils/concurrency";
import { useChildRef, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

/** Odoo's mail templates, to be put into what is being written. */
export class TextBlocks extends Component {
    static template = "comm_folders.TextBlocks";
    static components = { Dropdown, DropdownItem };
    static props = { composer: Object };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.toggle = useRef("toggle");
        this.menu = useChildRef();
        this.state = useState({ blocks: [], isLoaded: false, isSearch: false, canCreate: false });
        this.searches = new KeepLast();
        this.search = useDebounced((text) => this.load(text), 200);
    }

    async start() {
        [, this.state.canCreate] = await Promise.all([this.load(), user.checkAccessRight("mail.template", "create")]);
    }

    /** Who opened the menu goes on by typing; fingers get no keyboard in the way of what is offered. */
    onOpened() {
        if (!hasTouch()) {
            this.menu.el.querySelector("input").focus();
        }
    }

    async load(search = "") {
        const { resModel } = this.props.composer.params;
        this.state.blocks = await this.searches.add(
            this.orm.silent.call("comm.message", "text_blocks", [], { search, res_model: resModel || false })
        );
        this.state.isLoaded = true;
        this.state.isSearch = Boolean(search);
    }

    /** By Odoo's own form, above the window to write in, which stays as it is. */
    create() {
        this.dialog.add(FormViewDialog, {
            resModel: "mail.template",
            title: _t("New text block"),
            context: { default_model: "res.partner" },
        });
    }

    async insert(block) {
        const { composer } = this.props;
        const { length } = composer.bodyText || "";
        await composer.insertTextBlock(block.id);
        if (composer.isPlain) {
            this.goOnAt(composer.bodyText.length - length);
        }
    }

    /** On after what came, and not on the button that brought it. */
    goOnAt(position) {
        const field = this.toggle.el?.closest(".o_comm_composer").querySelector(".o_comm_composer_plain");
        if (field) {
            field.value = this.props.composer.bodyText;
            field.focus();
            field.setSelectionRange(position, position);
        }
    }
}
