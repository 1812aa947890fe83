import { registry } from "@web/core/registry";
import { SelectionField, selectionField } from "@web/views/fields/selection/selection_field";
import { ROLE_ICONS } from "@comm_mailboxes/folder_dialogs/folder_items";

/** The role of a folder, with its icon. Which folder is the inbox or the outbox is not a matter of choice. */
export class FolderRoleField extends SelectionField {
    static template = "comm_mailboxes.FolderRoleField";

    get icon() {
        return ROLE_ICONS[this.value];
    }

    get choices() {
        return super.choices.filter((choice) => !["inbox", "outbox"].includes(choice.value));
    }
}

registry.category("fields").add("comm_folder_role", { ...selectionField, component: FolderRoleField });
