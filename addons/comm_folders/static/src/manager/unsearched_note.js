import { Component, onMounted, onWillUnmount } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { delay } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";

// As in comm_message_search_waiting.py: more are not counted.
const COUNTED = 5000;
// While the scheduled action does it, nothing is left to do but to wait for it.
const PAUSE = 2000;

/** Tells that a search may miss messages which are not indexed yet, has them indexed, and searches again until it misses none. */
export class UnsearchedNote extends Component {
    static template = "comm_folders.UnsearchedNote";
    static props = { list: Object };

    setup() {
        this.orm = useService("orm");
        this.isOver = false;
        onMounted(() => this.helpIndex());
        onWillUnmount(() => {
            this.isOver = true;
        });
    }

    get text() {
        const { unsearched } = this.props.list;
        if (unsearched > COUNTED) {
            return _t(
                "More than %s messages are still being prepared for the search. What is found in them is added by itself.",
                formatInteger(COUNTED)
            );
        }
        return unsearched === 1
            ? _t("1 message is still being prepared for the search.")
            : _t(
                  "%s messages are still being prepared for the search. What is found in them is added by itself.",
                  formatInteger(unsearched)
              );
    }

    async helpIndex() {
        const { list } = this.props;
        while (!this.isOver && list.unsearched) {
            const done = await this.orm.silent.call("comm.folder", "index_for_search", [[list.folderId]], list.request);
            if (!done) {
                await delay(PAUSE);
            }
            if (!this.isOver) {
                await list.load();
            }
        }
    }
}
