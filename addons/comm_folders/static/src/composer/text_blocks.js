import { Component, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";

/** Odoo's mail templates, to be put into what is being written. */
export class TextBlocks extends Component {
    static template = "comm_folders.TextBlocks";
    static components = { Dropdown, DropdownItem };
    static props = { composer: Object };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ blocks: [], isLoaded: false });
        this.searches = new KeepLast();
        this.search = useDebounced((text) => this.load(text), 200);
    }

    async load(search = "") {
        const { resModel } = this.props.composer.params;
        this.state.blocks = await this.searches.add(
            this.orm.silent.call("comm.message", "text_blocks", [], { search, res_model: resModel || false })
        );
        this.state.isLoaded = true;
    }

    insert(block) {
        return this.props.composer.insertTextBlock(block.id);
    }
}
