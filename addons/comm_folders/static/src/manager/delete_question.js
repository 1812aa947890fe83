import { _t } from "@web/core/l10n/translation";
import { byCount } from "@comm_folders/manager/message_format";

/**
 * @param {number} [count] of messages that are to be deleted for good, where it is known
 * @param {boolean} isHereOnly whether none of them is on a mail server
 * @returns {string} what to tell before that
 */
export function describeFinalDelete(count, isHereOnly) {
    if (count === undefined) {
        return isHereOnly
            ? _t("All of these messages are in Odoo only. Deleted here, they cannot be brought back.")
            : _t("All of these messages will be deleted here and on the mail server. They cannot be brought back.");
    }
    return isHereOnly
        ? byCount(count, _t("This message is in Odoo only. Deleted here, it cannot be brought back."), (many) =>
              _t("%s messages are in Odoo only. Deleted here, they cannot be brought back.", many)
          )
        : byCount(
              count,
              _t("This message will be deleted here and on the mail server. It cannot be brought back."),
              (many) =>
                  _t("%s messages will be deleted here and on the mail server. They cannot be brought back.", many)
          );
}
