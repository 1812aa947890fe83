import { registry } from "@web/core/registry";
import { formView } from "@web/views/form/form_view";

/** The address in the browser names the mailbox of one company, and stays when the user switches to another one. */
class ConfigurationModel extends formView.Model {
    async load(params = {}) {
        if (!this.isReady) {
            const action = await this.orm.call("comm.mailbox", "action_configuration", []);
            return super.load({ ...params, resId: action.res_id, resIds: [action.res_id] });
        }
        return super.load(params);
    }
}

registry.category("views").add("comm_configuration_form", {
    ...formView,
    Model: ConfigurationModel,
});
