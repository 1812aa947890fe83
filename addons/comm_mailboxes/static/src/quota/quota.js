import { Component, onMounted, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { fileSize } from "@comm_mailboxes/format/file_size";

// From here on a mailbox is nearly full.
const NEARLY_FULL = 90;

/** How full a mailbox is on its server, asked when it is shown: the rest of the screen does not wait for the server. */
export class Quota extends Component {
    static template = "comm_mailboxes.Quota";
    static props = { resModel: String, resId: Number };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ quota: undefined });
        onMounted(() => this.ask(this.props));
        onWillUpdateProps((props) => props.resId !== this.props.resId && this.ask(props));
    }

    /** Not awaited by who draws. */
    async ask({ resModel, resId }) {
        this.asked = resId;
        this.state.quota = undefined;
        const quota = await this.orm.silent.call(resModel, "get_quota", [[resId]]);
        if (this.asked === resId) {
            this.state.quota = quota;
        }
    }

    get lines() {
        const { used, limit, messages, message_limit: messageLimit } = this.state.quota;
        const line = (count, most, format) => {
            const percent = most ? Math.min(Math.round((100 * count) / most), 100) : 100;
            return {
                text: _t("%(used)s of %(limit)s", { used: format(count), limit: format(most) }),
                percent,
                isNearlyFull: percent >= NEARLY_FULL,
            };
        };
        return [
            ...(limit === undefined ? [] : [line(used, limit, fileSize)]),
            ...(messageLimit === undefined
                ? []
                : [line(messages, messageLimit, (count) => _t("%s messages", formatInteger(count)))]),
        ];
    }
}

/** The same on a form. */
class QuotaWidget extends Component {
    static template = "comm_mailboxes.QuotaWidget";
    static components = { Quota };
    static props = { ...standardWidgetProps };
}

registry.category("view_widgets").add("comm_quota", { component: QuotaWidget });
